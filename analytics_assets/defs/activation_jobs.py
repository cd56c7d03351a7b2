"""Jobs of activation: the daily one with its schedule, and the one that creates a site."""

from zoneinfo import ZoneInfo

import dagster as dg

from analytics_assets.activation.sites import create_site
from analytics_assets.activation.sync import SWITCH
from analytics_assets.activation.tables import GROUP
from analytics_assets.defs.resources import ActivationResource, PlatformResource
from analytics_assets.defs.schedules import HOUR
from analytics_assets.errors import AnalyticsError
from analytics_assets.vendors.session_story.resource import SessionStoryResource


def activation_job() -> "dg.UnresolvedAssetJobDefinition":
    """The job that sends all kinds of objects."""
    return dg.define_asset_job(
        f"{GROUP}_daily",
        selection=dg.AssetSelection.groups(GROUP),
        description="Send to SegMetrics what differs from what was sent before.",
    )


def activation_schedule(
    job: "dg.UnresolvedAssetJobDefinition", timezone: str
) -> dg.ScheduleDefinition:
    """Every morning, two hours after attribution; only what is switched on."""

    @dg.schedule(
        name=f"{GROUP}_daily",
        job=job,
        cron_schedule=f"0 {HOUR + 3} * * *",
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        required_resource_keys={"activation"},
        description=f"The kinds of objects that {SWITCH} lists.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        activation: ActivationResource = context.resources.activation
        names = sorted(activation.enabled())
        if not names:
            return dg.SkipReason(f"{SWITCH} is empty")
        day = context.scheduled_execution_time.astimezone(ZoneInfo(timezone)).date()
        return dg.RunRequest(
            run_key=f"{GROUP} {day}", asset_selection=[dg.AssetKey([GROUP, n]) for n in names]
        )

    return daily


class NewSiteConfig(dg.Config):
    """The site to create."""

    name: str
    domain: str


@dg.op(
    pool="session_story",
    description="Create a site, unless there is one of that domain.",
)
def create_session_story_site(
    context: dg.OpExecutionContext,
    config: NewSiteConfig,
    session_story: SessionStoryResource,
    platform: PlatformResource,
) -> None:
    """Create the site and show it in the run's log."""
    del platform  # it keeps the run's lock
    try:
        site = create_site(session_story, config.name, config.domain)
    except AnalyticsError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    context.add_output_metadata({name: str(value) for name, value in site.items()})


@dg.job(description="Create a site at Session Story: give its name and domain in the launchpad.")
def create_site_job() -> None:
    """One op."""
    create_session_story_site()
