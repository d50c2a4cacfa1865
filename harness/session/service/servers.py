"""Where each server keeps the application that it serves, so that the application can be watched.

A class of the server gets one method replaced; the server's own code runs unchanged around the application.
"""

from __future__ import annotations

from typing import Any

from harness.session.service.after_import import Action
from harness.session.service.inbound import Application, Report, Watched, WatchedAsgi, WatchedWsgi, is_asgi

_KEPT = "_surgeline_wsgi"
NAMES = "gunicorn, uvicorn, waitress, werkzeug, gevent.pywsgi and wsgiref"


def server_hooks(report: Report) -> dict[str, Action]:
    """What to do when the module of a server has been imported, by the module's name."""
    hooks = _ServerHooks(report)
    return {
        "gunicorn.app.base": hooks.gunicorn,
        "uvicorn.config": hooks.uvicorn,
        "waitress.server": lambda module: hooks.begin(module.BaseWSGIServer, 0),
        "werkzeug.serving": lambda module: hooks.begin(module.BaseWSGIServer, 2),
        "gevent.pywsgi": lambda module: hooks.begin(module.WSGIServer, 1),
        "wsgiref.simple_server": hooks.wsgiref,
    }


class _ServerHooks:
    """One method for each way in which a server gets its application. An application is wrapped once."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def gunicorn(self, module: Any) -> None:
        """Each worker asks the program for its application."""
        load = module.BaseApplication.wsgi

        def wsgi(app: Any) -> Application:
            found: Application | None = app.__dict__.get(_KEPT)
            if found is None:
                found = app.__dict__[_KEPT] = self._wsgi(load(app))
            return found

        module.BaseApplication.wsgi = wsgi

    def uvicorn(self, module: Any) -> None:
        """The application is loaded with the configuration."""
        load = module.Config.load

        def loaded(config: Any) -> None:
            load(config)
            if not isinstance(config.loaded_app, Watched):
                config.loaded_app = WatchedAsgi(config.loaded_app, self._report)

        module.Config.load = loaded

    def wsgiref(self, module: Any) -> None:
        """The application is set on the server."""
        take = module.WSGIServer.set_app
        module.WSGIServer.set_app = lambda server, application: take(server, self._wsgi(application))

    def begin(self, server: Any, place: int) -> None:
        """The application is an argument of the server's `__init__`, at this place or by its name."""
        begin = server.__init__

        def begun(made: Any, *given: Any, **named: Any) -> None:
            if len(given) > place and given[place] is not None:
                given = (*given[:place], self._wsgi(given[place]), *given[place + 1 :])
            for key in ("app", "application"):
                if named.get(key) is not None:
                    named[key] = self._wsgi(named[key])
            begin(made, *given, **named)

        server.__init__ = begun

    def _wsgi(self, application: Application) -> Application:
        known = isinstance(application, Watched) or is_asgi(application)
        return application if known else WatchedWsgi(application, self._report)
