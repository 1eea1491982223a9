from django.db import migrations, models
from django.db.models import F


def tell_purposes(apps, schema_editor):
    requests = apps.get_model("ingestion", "UpstreamRequest").objects
    requests.filter(run__backfill=True).update(purpose="backfill")
    requests.filter(run__backfill=False).exclude(run__trigger="schedule").update(purpose="people")
    requests.filter(run=None).update(purpose="reference")
    requests.exclude(outcome="sent").update(ended_at=F("sent_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('ingestion', '0005_orders'),
    ]

    operations = [
        migrations.CreateModel(
            name='QuotaPeriod',
            fields=[
                ('starts_at', models.DateTimeField(help_text='UTC', primary_key=True, serialize=False)),
                ('granted', models.PositiveIntegerField(default=0, help_text='requests that the ledger let through')),
            ],
        ),
        migrations.AddField(
            model_name='upstreamrequest',
            name='purpose',
            field=models.CharField(choices=[('schedule', 'schedule'), ('people', 'people'), ('retry', 'retry'), ('backfill', 'backfill'), ('reference', 'reference')], default='schedule', max_length=12),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='upstreamrequest',
            name='ended_at',
            field=models.DateTimeField(blank=True, help_text='answered, failed or given up; empty: under way, or its process was killed', null=True),
        ),
        migrations.RunPython(tell_purposes, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='upstreamrequest',
            name='sent_at',
            field=models.DateTimeField(),
        ),
        migrations.AddIndex(
            model_name='upstreamrequest',
            index=models.Index(fields=['sent_at', 'purpose', 'charged'], name='spent_by_purpose'),
        ),
    ]
