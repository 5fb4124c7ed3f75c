"""What happens in the world of a walk that is not our doing."""

from __future__ import annotations

from random import Random

from tests.support.ledger import Actor
from tests.support.stack import SETTLE
from tests.support.world import World

LAGS = (0, 0, 60, SETTLE - 1)
"""Seconds until a list shows what is new."""


class Outside:
    """A world, the chances of what happens in it, and what did happen."""

    def __init__(self, world: World, chance: Random) -> None:
        self.world, self.chance = world, chance
        self.met = world.met
        self.log: list[str] = []

    def say(self, actor: Actor, what: str) -> None:
        self.log.append(f"{self.world.now} {actor.stack.owner}{actor.stack.user}: {what}")

    def wait(self, actor: Actor) -> None:
        seconds = self.chance.choice([1, 30, SETTLE, 2 * SETTLE])
        self.say(actor, f"{seconds} s pass")
        self.world.pass_time(seconds)

    def change_lag(self, actor: Actor) -> None:
        self.world.lag = self.chance.choice(LAGS)
        self.say(actor, f"lists lag {self.world.lag} s")

    def job_ends(self, actor: Actor) -> None:
        if active := self.world.active():
            job = self.chance.choice(active)
            status = self.chance.choice(["succeeded", "succeeded", "failed", "cancelled"])
            code = "server_error" if status == "failed" else ""
            self.world.finish(job, status, code)
            self.met[f"job {status}"] += 1
            self.say(actor, f"{job['id']} {status}")

    def job_stalls(self, actor: Actor) -> None:
        if active := self.world.active():
            job = self.chance.choice(active)
            job["status"] = self.chance.choice(["queued", "warming_up", "running", "running"])
            self.met[f"job {job['status']}"] += 1
            self.say(actor, f"{job['id']} {job['status']}")

    def file_goes(self, actor: Actor) -> None:
        if self.world.files:
            id_ = self.chance.choice(sorted(self.world.files))
            if self.chance.random() < 0.5:
                self.world.files[id_]["expires_at"] = self.world.now + 20
                self.met["file expires"] += 1
                self.say(actor, f"{id_} will expire")
            else:
                del self.world.files[id_]
                self.met["file deleted"] += 1
                self.say(actor, f"{id_} deleted outside")

    def model_goes(self, actor: Actor) -> None:
        """The model of a job that has ended; of one that ends right before, if there is none."""
        if not self.world.models and (active := self.world.active()):
            self.world.finish(self.chance.choice(active))
        if self.world.models:
            model = self.chance.choice(sorted(self.world.models))
            self.world.models.remove(model)
            self.met["model deleted"] += 1
            self.say(actor, f"{model} deleted outside")
