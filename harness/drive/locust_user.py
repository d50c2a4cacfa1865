"""A thread of the service is a Locust user: it takes arrivals from the service's queue and runs the journey."""

from __future__ import annotations

import random
from typing import cast

import gevent
from locust import User, task
from locust.exception import StopUser

from harness.drive.service import Service, ServiceEnvironment
from harness.model.scenario import MixedRequest
from harness.session.client.client import Client


class ServiceThread(User):
    """One thread. A journey is a function of it, as a Locust task is of its user."""

    client: Client

    @property
    def service(self) -> Service:
        """The service that this thread belongs to."""
        return cast(ServiceEnvironment, self.environment).service

    @property
    def random(self) -> random.Random:
        """Random numbers that depend on the seed, the arrival and the step alone: the same under every policy."""
        journey = self.client.journey
        return random.Random(f"{self.service.seed}.{journey.arrival}.{journey.step}")  # noqa: S311

    @property
    def mix(self) -> tuple[MixedRequest, ...]:
        """The scenario's mix of requests; empty without one."""
        return self.service.mix

    @property
    def targets(self) -> dict[str, str]:
        """The base URL of every region of the upstream, by name; the first is where plain paths go."""
        return self.service.targets

    def target(self, region: str) -> str:
        """The base URL of one region. Raises KeyError for a region that the upstream does not have."""
        return self.targets[region]

    def feature(self, name: str) -> bool:
        """Whether an optional step of the journey is on; it is, until a lever turns it off."""
        return self.service.features.get(name, True)

    def think(self, duration_s: float) -> None:
        """Waits before the journey's next call, as a user does; other threads run meanwhile."""
        gevent.sleep(duration_s)

    def on_start(self) -> None:
        """Makes this thread's client."""
        self.client = self.service.clients.make()

    @task
    def serve(self) -> None:
        """Takes one arrival after the other and runs the journey for it; the thread exits after scale-down."""
        service, loop = self.service, gevent.get_hub().loop
        while not service.retires():
            arrival, turn = service.arrival_queue.get(), loop.iteration
            if arrival is not None:
                service.serve(self, arrival)
            if loop.iteration == turn:  # The journey did not wait: let the other greenlets run all the same.
                gevent.sleep(0)
        raise StopUser
