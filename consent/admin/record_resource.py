"""How django-import-export reads records that staff edit: by names, and checked by their form."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Model
from django.forms.models import model_to_dict
from import_export import fields, resources, widgets

from consent.importing.mapping import plain

YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class YesNo(widgets.BooleanWidget):
    """Read what our own exports write; the library takes whatever it does not know for a no."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        """Return the answer, or raise `ValueError`."""
        said = YES_OR_NO.get(plain(str(value)))
        if said is None:
            raise ValueError("Say yes or no.")
        return said


class Named(widgets.ForeignKeyWidget):
    """Find another record by its name; say so where there is none."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """Return the record, None for an empty cell, or raise `ValueError`."""
        try:
            return super().clean(value, row, **kwargs)
        except self.model.DoesNotExist:
            kind = self.model._meta.verbose_name
            raise ValueError(f'There is no {kind} "{value}".') from None


class RecordResource(resources.ModelResource):
    """Check rows by the admin's own form, and keep the reason with each history row."""

    form_for: Callable[[Any], type[forms.ModelForm]]
    reason = ""

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Raise what the form says of a row."""
        super().validate_instance(instance, import_validation_errors, validate_unique)
        known = None if instance._state.adding else instance
        form_class = self.form_for(known)
        said = {**model_to_dict(instance), "change_reason": self.reason or "Import"}
        form = form_class(said, instance=copy(instance))
        if not form.is_valid():
            raise ValidationError(form.errors.as_data())

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Say why in the history."""
        instance._change_reason = self.reason


def resource_for(model: type[Model], names: Sequence[str]) -> type[RecordResource]:
    """Return the resource of some fields of a model, of which the first names a record."""
    declared: dict[str, Any] = {}
    for name in names:
        field = model._meta.get_field(name)
        if isinstance(field, models.ForeignKey):
            widget: Any = Named(field.related_model, "name")
        elif isinstance(field, models.BooleanField):
            widget = YesNo()
        else:
            continue
        declared[name] = fields.Field(attribute=name, column_name=name, widget=widget)
    meta = {
        "model": model,
        "fields": tuple(names),
        "import_id_fields": (names[0],),
        "skip_unchanged": True,
        "report_skipped": True,
        "use_transactions": True,
        "store_instance": True,
    }
    meta_class = type("Meta", (), meta)
    return type(f"{model.__name__}Resource", (RecordResource,), {**declared, "Meta": meta_class})
