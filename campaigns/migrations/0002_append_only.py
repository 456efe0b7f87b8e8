from django.db import migrations

from consent.append_only import only_grows, only_grows_and_fills


class Migration(migrations.Migration):
    dependencies = (("campaigns", "0001_initial"), ("consent", "0002_append_only"))
    operations = (
        only_grows("campaigns_sendattempt"),
        only_grows_and_fills("campaigns_receipt", "message_id"),
        only_grows("campaigns_historicalcampaign"),
        only_grows("campaigns_historicaloriginationnumber"),
        only_grows("campaigns_historicalrulesignoff"),
        only_grows("campaigns_historicalsavedanswer"),
        only_grows("campaigns_historicalsendingpolicy"),
        only_grows("campaigns_historicalsendingaccount"),
        only_grows("campaigns_historicalpartprice"),
    )
