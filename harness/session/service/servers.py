"""Where each server keeps the application that it serves, so that the application can be watched.

A class of the server gets one method replaced; the server's own code runs unchanged around the application.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.session.service.after_import import Action
from harness.session.service.inbound import Application, Report, Watched, WatchedAsgi, WatchedWsgi, is_asgi

NAMES = "gunicorn, uvicorn, waitress, werkzeug, gevent.pywsgi and wsgiref"


def server_hooks(report: Report) -> dict[str, Action]:
    """What to do when the module of a server has been imported, by the module's name."""

    def wsgi(application: Application) -> Application:
        known = isinstance(application, Watched) or is_asgi(application)
        return application if known else WatchedWsgi(application, report)

    def gunicorn(module: Any) -> None:
        load = module.BaseApplication.wsgi
        module.BaseApplication.wsgi = lambda app: _keep(app, "_surgeline_wsgi", lambda: wsgi(load(app)))

    def uvicorn(module: Any) -> None:
        load = module.Config.load

        def loaded(config: Any) -> None:
            load(config)
            if not isinstance(config.loaded_app, Watched):
                config.loaded_app = WatchedAsgi(config.loaded_app, report)

        module.Config.load = loaded

    def first_argument(module: Any, name: str, place: int) -> None:
        """The application is an argument of the server's `__init__`."""
        kind = getattr(module, name)
        begin = kind.__init__

        def begun(server: Any, *given: Any, **named: Any) -> None:
            if len(given) > place and given[place] is not None:
                given = (*given[:place], wsgi(given[place]), *given[place + 1 :])
            for key in ("app", "application"):
                if named.get(key) is not None:
                    named[key] = wsgi(named[key])
            begin(server, *given, **named)

        kind.__init__ = begun

    def wsgiref(module: Any) -> None:
        take = module.WSGIServer.set_app
        module.WSGIServer.set_app = lambda server, application: take(server, wsgi(application))

    return {
        "gunicorn.app.base": gunicorn,
        "uvicorn.config": uvicorn,
        "waitress.server": lambda module: first_argument(module, "BaseWSGIServer", 0),
        "werkzeug.serving": lambda module: first_argument(module, "BaseWSGIServer", 2),
        "gevent.pywsgi": lambda module: first_argument(module, "WSGIServer", 1),
        "wsgiref.simple_server": wsgiref,
    }


def _keep(owner: Any, name: str, make: Callable[[], Application]) -> Application:
    """The attribute of the owner, made at its first use."""
    found: Application | None = owner.__dict__.get(name)
    if found is None:
        found = owner.__dict__[name] = make()
    return found
