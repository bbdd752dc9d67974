"""The truth that `simulate` tells beside its events explains every number that `stream` makes of them."""

import collections
import datetime
import json

import playhead
from simulation import BAD_ROAD, DAY, DIALECTS, END, SCENARIO, Simulation

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DISORDER = 10 * SECOND
FUTURE = 5 * MINUTE
END_MICROS = int(datetime.datetime.fromisoformat(END).timestamp()) * SECOND
# Devices that are offline for hours, and clocks that are up to ten minutes wrong: more than the bound of what is from the future.
TROUBLE = SCENARIO + 'offline-share = 0.1\noffline-mean = "3h"\n[transport]\nskew-max = "10m"\n'

Play = collections.namedtuple("Play", "listener play start position offline genre artist track")
Delivery = collections.namedtuple("Delivery", "event_id listener sequence event_time skew fate")
Outcome = collections.namedtuple("Outcome", "counts reasons by_id windows")


class Form:
    """How a topic tells of plays: which of its messages are plays, by what they are counted, and how finely it tells the time."""

    def __init__(self, dialect, key, fineness, is_play):
        self.dialect, self.key, self.fineness, self.is_play = dialect, key, fineness, is_play


FORMS = {
    "music-plays": Form("tunetracker", "genre", 1, lambda value: True),
    "listen_events": Form("eventsim", "artist", 1_000, lambda value: True),
    "page_view_events": Form("eventsim", "artist", 1_000, lambda value: value["page"] == "NextSong"),
    "auth_events": Form("eventsim", "artist", 1_000, lambda value: False),
    "status_change_events": Form("eventsim", "artist", 1_000, lambda value: False),
    "music-streams": Form("music-streams", "genre", SECOND, lambda value: True),
    "music_streaming_data": Form("streaming-events", "track", 1, lambda value: value["event_type"] == "streaming"),
}


class Truth(Simulation):
    def setUp(self):
        super().setUp()
        self.scenario.write_text(TROUBLE, encoding="utf-8")

    def plays(self):
        found = playhead.sql(f"""
            SELECT listener, play, epoch_us(start), position_ms * 1000, offline, plays.genre, artist, number::VARCHAR
            FROM '{self.folder}/truth/plays.parquet' plays
            JOIN (SELECT track, artist, row_number() OVER () AS number FROM '{self.folder}/truth/tracks.parquet') USING (track)
            ORDER BY listener, play""")
        return [Play(*row) for row in found]

    def deliveries(self, topic):
        found = playhead.sql(f"""
            SELECT lower(hex(event_id)), listener, sequence, epoch_us(event_time), skew_us, fate
            FROM '{self.folder}/truth/deliveries.parquet' WHERE topic = '{topic}'""")
        return [Delivery(*row) for row in found]

    def plays_by_start(self, plays, deliveries, form, others):
        """{event id: Play} of the messages that tell of a beginning: it is when the play began, by the listener's clock.
        `others` are ids of messages that tell of something else."""
        skews = {delivery.listener: delivery.skew for delivery in deliveries}
        at = collections.defaultdict(list)  # a listener may leave a play within the millisecond
        for play in plays:
            clock = play.start + skews.get(play.listener, 0)
            at[play.listener, clock // form.fineness * form.fineness].append(play)
        found = {}
        for delivery in sorted({delivery.event_id: delivery for delivery in deliveries}.values(), key=lambda delivery: delivery.sequence):
            here = at[delivery.listener, delivery.event_time]
            if here and delivery.event_id not in others:
                found[delivery.event_id] = here.pop(0)
        self.assertEqual([play for here in at.values() for play in here], [], "plays that no message tells of")
        return found

    def plays_by_end(self, plays, deliveries):
        """The same of music-streams, which tells of ends: a listener's messages are its plays, in order, but for those that are still on."""
        told = collections.defaultdict(dict)
        for delivery in deliveries:
            told[delivery.listener][delivery.sequence] = delivery
        lived = collections.defaultdict(list)
        for play in plays:
            lived[play.listener].append(play)
        found, lacking = {}, []
        for listener, all_plays in lived.items():
            messages = [told[listener][sequence] for sequence in sorted(told[listener])]
            for play, delivery in zip(all_plays, messages):
                end = play.start + play.position + delivery.skew
                self.assertLess(abs(end - delivery.event_time), SECOND, (play, delivery))
                found[delivery.event_id] = play
            self.assertLessEqual(len(messages), len(all_plays))
            lacking += all_plays[len(messages):]
        for play in lacking:
            self.assertTrue(play.offline or play.start + play.position >= END_MICROS - 1_000, f"a play that has ended is told by nobody: {play}")
        self.assertGreater(len(lacking), 0)
        self.assertLess(len(lacking), len(lived))
        return found

    def outcome(self, form, records, deliveries, plays, lateness):
        """What is to become of each record of a topic, by the definitions of docs/events.md alone."""
        waiting = collections.defaultdict(collections.deque)
        for delivery in deliveries:
            waiting[delivery.event_id].append(delivery)
        outcome = Outcome(collections.Counter(), collections.Counter(), {}, collections.Counter())
        for partition in records.values():
            highest, seen = None, set()
            for record in partition:
                delivery = waiting[self.event_id(record)].popleft()
                name, reason = self.disposition(delivery, record, highest, seen, lateness)
                outcome.counts[name] += 1
                outcome.reasons[reason] += 1
                if name == "dead_letter":
                    continue
                if not self.is_future(delivery, record):
                    highest = max(delivery.event_time, highest or 0)
                if name == "duplicate":
                    continue
                seen.add(delivery.event_id)
                outcome.by_id[delivery.event_id] = name
                is_play = form.is_play(json.loads(record["value"]))
                self.assertEqual(is_play, delivery.event_id in plays, delivery)
                if is_play and name != "late":
                    outcome.windows[delivery.event_time // MINUTE * MINUTE, getattr(plays[delivery.event_id], form.key)] += 1
        self.assertEqual(sum(map(len, waiting.values())), 0, "deliveries that are not in the log")
        return outcome

    def others(self, form, records, deliveries):
        """The ids of the messages that are no plays, by what they say; broken ones say nothing."""
        broken = {delivery.event_id for delivery in deliveries if delivery.fate == "malformed"}
        told = {self.event_id(record): record["value"] for partition in records.values() for record in partition}
        return {event_id for event_id, value in told.items() if event_id not in broken and not form.is_play(json.loads(value))}

    @staticmethod
    def is_future(delivery, record):
        ingest = datetime.datetime.fromisoformat(record["timestamp"])
        return delivery.event_time - round(ingest.timestamp() * SECOND) > FUTURE

    def disposition(self, delivery, record, highest, seen, lateness):
        if delivery.fate == "malformed":
            return "dead_letter", "malformed"
        if delivery.event_id in seen:
            return "duplicate", "duplicate"
        if self.is_future(delivery, record):
            return "late", "future"
        behind = (0 if highest is None else highest - DISORDER) - (delivery.event_time // MINUTE + 1) * MINUTE
        if behind < 0:
            return "on_time", None
        return ("restated", None) if behind < lateness else ("late", "late")

    def rejected(self, job):
        rows = playhead.sql(f"""SELECT CASE WHEN folder = 'dead_letters' THEN 'malformed' ELSE reason END, count(*)
            FROM (SELECT reason, split_part(filename, '/', -2) AS folder FROM read_parquet('{self.data}/rejected/{job}/*/*.parquet', filename = true)) GROUP BY 1""")
        return dict(rows)

    def in_the_lake(self, topic):
        found = playhead.sql(f"SELECT lower(hex(event_id)), disposition FROM read_parquet('{self.data}/lake/{topic}/**/*.parquet')")
        by_id = dict(found)
        self.assertEqual(len(by_id), len(found), "an id is in the lake twice")
        return by_id

    def test_every_row_of_every_topic(self):
        report = self.simulate(*DAY, *self.busy, "-n", "300", *DIALECTS, *BAD_ROAD, "--farm", "looper=2", "--farm", "burst=2", "--partitions", "2",
                               "--truth", "truth", "log").last
        all_plays = self.plays()
        self.assertGreater(len(all_plays), 10_000)
        for topic, form in FORMS.items():
            deliveries = self.deliveries(topic)
            self.assertEqual(len(deliveries), report["events"][topic])
            records = self.records(topic)
            if topic == "music-streams":
                plays = self.plays_by_end(all_plays, deliveries)
            elif topic in ("auth_events", "status_change_events"):
                plays = {}
            else:
                plays = self.plays_by_start(all_plays, deliveries, form, self.others(form, records, deliveries))
            for lateness, hours in (("1h", 1), ("60d", 24 * 60)):
                with self.subTest(topic=topic, lateness=lateness):
                    self.reconcile(topic, form, f"{topic}-{lateness}", lateness, self.outcome(form, records, deliveries, plays, hours * HOUR))

    def reconcile(self, topic, form, job, lateness, outcome):
        sums = self.stream(topic, "--job", job, "--key", form.key, "--window", "1m", "--dialect", form.dialect, "--allowed-lateness", lateness)
        names = ("on_time", "restated", "late", "duplicate", "dead_letter")
        self.assertEqual({name: sums["records"][name] for name in names}, {name: outcome.counts[name] for name in names})
        self.assertEqual(sums["plays_published"], sum(outcome.windows.values()))
        playhead.assert_same_rows(self, self.rows(job, form.key), outcome.windows)
        if outcome.reasons.keys() - {None}:
            self.assertEqual(self.rejected(job), {reason: count for reason, count in outcome.reasons.items() if reason})
        if form.is_play is FORMS["music-plays"].is_play:
            for name in names:
                self.assertGreater(outcome.counts[name], 0, name)
        if lateness == "1h":
            playhead.assert_same_rows(self, self.in_the_lake(topic), outcome.by_id)
        else:
            self.assertNotIn("late", outcome.reasons)

    def test_the_truth_agrees_with_itself(self):
        report = self.simulate(*DAY, *self.busy, "-n", "300", "-g", "3", *DIALECTS, "--farm", "looper=2", "--farm", "burst=2",
                               "--truth", "truth", "events").last
        self.assertEqual(report["sent"], self.truth("deliveries", "count(*)")[0][0])
        self.assertEqual(report["arrived"], self.truth("listeners", "count(*)")[0][0])
        self.assertEqual(self.truth("listeners", "count(*)", "WHERE farm <> ''")[0][0], 4)
        self.assertEqual(self.truth("sessions", "sum(plays)")[0][0], self.truth("plays", "count(*)")[0][0])
        self.assertEqual(len(self.truth("plays", "DISTINCT listener, play")), self.truth("plays", "count(*)")[0][0])
        for topic in ("music-plays", "listen_events"):
            self.assertEqual(report["events"][topic], self.truth("plays", "count(*)")[0][0], topic)
        self.assertEqual(playhead.sql(f"""SELECT count(*) FROM '{self.folder}/truth/plays.parquet'
            WHERE track NOT IN (SELECT track FROM '{self.folder}/truth/tracks.parquet') OR position_ms > duration_ms OR position_ms < 0"""), [(0,)])


if __name__ == "__main__":
    playhead.unittest.main()
