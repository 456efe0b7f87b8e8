"""The usual way to bring lists: django-import-export, with its defaults and in an admin."""

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path
from import_export.admin import ImportMixin
from import_export.resources import ModelResource

from consent import clock
from consent.models import Contact

COLUMNS = ("number", "country", "state", "language", "stated_postal_code", "external_id")


class ContactResource(ModelResource):
    """Contacts by number, as its documentation shows first."""

    class Meta:
        model = Contact
        fields = COLUMNS
        import_id_fields = ("number",)

    def before_save_instance(self, instance, row, **kwargs):
        instance.created_at = clock.now()


class BulkContactResource(ContactResource):
    """The same by bulk_create, which writes no history."""

    class Meta(ContactResource.Meta):
        use_bulk = True
        batch_size = 1000
        skip_diff = True
        force_init_instance = True


class UsualAdmin(ImportMixin, ModelAdmin):
    """Its admin, with preview and confirmation."""

    resource_classes = (ContactResource,)

    def has_import_permission(self, request):
        return True


site = AdminSite(name="admin")
site.register(Contact, UsualAdmin)
urlpatterns = [path("admin/", site.urls)]
