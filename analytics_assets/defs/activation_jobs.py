"""The job that creates a site at Session Story; it runs only when somebody launches it."""

import dagster as dg

from analytics_assets.activation.sites import create_site
from analytics_assets.errors import AnalyticsError
from analytics_assets.vendors.session_story.resource import SessionStoryResource


class NewSiteConfig(dg.Config):
    """The site to create."""

    name: str
    domain: str


@dg.op(pool="session_story", description="Create a site, unless there is one of that domain.")
def create_session_story_site(
    context: dg.OpExecutionContext, config: NewSiteConfig, session_story: SessionStoryResource
) -> None:
    """Create the site and show it in the run's log."""
    try:
        site = create_site(session_story, config.name, config.domain)
    except AnalyticsError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    context.add_output_metadata({name: str(value) for name, value in site.items()})


@dg.job(description="Create a site at Session Story: give its name and domain in the launchpad.")
def create_site_job() -> None:
    """One op."""
    create_session_story_site()
