"""What the tests of `simulate` have in common."""

import collections

import playhead

START = "2026-03-06T00:00:00Z"
END = "2026-03-07T00:00:00Z"
DAY = ("--start-time", START, "--end-time", END)
BAD_ROAD = ("--duplicates", "0.02", "--disorder", "0.1", "--skew", "0.05", "--malformed", "0.01")
DIALECTS = ("--dialect", "tunetracker,eventsim,music-streams,streaming-events")
TOPICS = ("music-plays", "page_view_events", "listen_events", "auth_events", "status_change_events", "music-streams", "music_streaming_data")
SCENARIO = '[sessions]\nbetween-seconds = 20_000\n'


class Simulation(playhead.Case):
    def setUp(self):
        super().setUp()
        self.scenario = self.folder / "busy.toml"
        self.scenario.write_text(SCENARIO, encoding="utf-8")
        self.busy = ("--scenario", self.scenario)

    def simulate(self, *arguments, **options):
        return self.run_playhead("simulate", *arguments, **options)

    def contents(self, folder):
        return {path.name: path.read_bytes() for path in sorted((self.folder / folder).iterdir())}

    @staticmethod
    def event_id(record):
        return next(header["value"] for header in record["headers"] if header["name"] == "event-id")

    def by_key(self, topic):
        """{key: what its records are, in order}. Those of nobody (a page before the login) have no key and go to any partition: any order."""
        found = collections.defaultdict(list)
        for record in (record for partition in self.records(topic).values() for record in partition):
            found[record["key"]].append((record["timestamp"], record["value"], self.event_id(record)))
        found[None].sort()
        return found

    def truth(self, table, columns="*", order=""):
        return playhead.sql(f"SELECT {columns} FROM '{self.folder}/truth/{table}.parquet' {order}")
