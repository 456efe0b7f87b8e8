"""Export the list of all contacts to a file; print seconds, rows and the peak of memory in MB."""

import os
import resource
import sys
import time

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smscompliance.settings")
    django.setup()
    from consent.list_export import ListExport, columns_of
    from consent.models import Contact

    begun = time.perf_counter()
    columns = columns_of(Contact, ["public_id"])
    export = ListExport(Contact.objects.order_by("-pk"), columns, whole=True)
    with open(sys.argv[1], "wb") as file:
        for piece in export:
            file.write(piece)
    taken = time.perf_counter() - begun
    print(taken, export.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
