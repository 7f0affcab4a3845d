"""While much is being told, what is louder does not wait for all of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from credwatch.alerts.channel import Posted
from credwatch.alerts.words import Words
from tests.alerts.world import World, ms


class Tap:
    """A channel that takes everything, and beside which a page becomes due in the middle of it."""

    pause = 1.0

    def __init__(self, world: World, after: int) -> None:
        self.world, self.after, self.calls = world, after, 0
        self.due: datetime | None = None
        self.told: datetime | None = None

    def _called(self) -> None:
        self.calls += 1
        if self.calls == self.after:
            self.world.page("c-page")
            self.due = self.world.clock.at

    def post(self, where: str, words: Words, message: str) -> Posted:
        del words, message
        if self.due is not None and where == "#voice-oncall":
            self.told = self.world.clock.at
        self._called()
        return Posted(where, f"{self.calls}.1")

    def reply(self, parent: Posted, words: Words, message: str) -> Posted:
        del words, message
        self._called()
        return Posted(parent.channel_id, f"{self.calls}.2")

    def update(self, posted: Posted, words: Words) -> None:
        del posted, words
        self._called()

    def delete(self, posted: Posted) -> None:
        del posted

    def find(self, where: str, message: str, since: datetime, parent: Posted | None) -> Posted | None:
        del where, message, since, parent
        return None


def test_a_page_does_not_wait_until_hundreds_of_all_clears_were_told(world: World) -> None:
    """They go to the channel of their owner; each is a line in a thread and an edit, a second apart."""
    incidents = []
    for number in range(200):
        credential = world.credential(f"c-{number:04}")
        incidents.append(world.incident(credential, "refused", id=f"cw-{number:04}"))
        world.alert("refused", "warning", credential, incident=incidents[-1])
    world.deliver(Tap(world, 0))
    for incident in incidents:
        world.end(incident)
    tap = Tap(world, 20)

    world.deliver(tap)

    assert tap.calls == 2 * 200 + 1
    assert tap.due is not None
    assert tap.told is not None
    assert tap.told - tap.due < timedelta(minutes=1)


def test_what_a_channel_that_asked_for_time_has_before_it_is_not_counted_for_each_of_it(world: World) -> None:
    """Edits that wait by the thousand: each asked the ledger for all of them."""
    asked: list[int] = []
    for number in range(60):
        credential = world.credential(f"c-{number:04}")
        incident = world.incident(credential, "refused", id=f"cw-{number:04}")
        world.alert("refused", "warning", credential, incident=incident)
    world.deliver(Tap(world, 0))
    threads = world.rows("select id, incident_id, channel from message")
    for row in threads:
        later = {"next_try_at": ms(world.clock.at + timedelta(hours=1))} if row is threads[0] else {}
        edit = {"id": f"edit-{row['id']}", "kind": "update", "parent_id": row["id"], "state": "queued"}
        own = {"channel": row["channel"], "incident_id": row["incident_id"], "created_at": ms(world.clock.at)}
        world.insert("message", edit | own | later)
    with world.ledger.read() as db:
        db.set_trace_callback(lambda said: asked.append("m.state in ('queued', 'sending')" in said))

    world.deliver(Tap(world, 0))

    assert sum(asked) < 10
