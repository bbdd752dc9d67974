"""What a simulated service looks like from outside: the statistics of over a million events that the program wrote, as DuckDB counts them.

Each figure stands beside its target and what it may be off by. Of eventsim the targets are what was measured on eventsim itself; of
Playhead's own model they are its options and the published skip curve (docs/simulator.md). The tolerances leave room for chance
and for other seeds; those of eventsim also for the chance in what was measured there, on four thousand users. The table is printed.
"""

import math

import duckdb

import playhead

PAGE_COLUMNS = "{ts: 'BIGINT', sessionId: 'BIGINT', userId: 'BIGINT', page: 'VARCHAR', level: 'VARCHAR', status: 'INT', itemInSession: 'INT', duration: 'DOUBLE'}"
STREAM_COLUMNS = ("{email: 'VARCHAR', track_id: 'VARCHAR', genre: 'VARCHAR', timestamp: 'BIGINT', duration_seconds: 'INT', listen_position: 'INT', "
                  "completed: 'BOOL', is_skipped: 'BOOL'}")


class Statistics(playhead.Case):
    def setUp(self):
        super().setUp()
        self.database = duckdb.connect()
        self.addCleanup(self.database.close)
        self.database.execute("SET timezone = 'UTC'")

    def simulate(self, *arguments):
        return self.run_playhead("simulate", *arguments, "--compress", "zst", "--truth", "truth", "events").last

    def rows(self, query):
        return self.database.execute(query).fetchall()

    def row(self, query):
        return self.rows(query)[0]

    def load(self, table, topic, columns):
        """A table of what was emitted. It is sorted by nothing."""
        path = self.folder / "events" / f"{topic}.json.zst"
        self.rows(f"CREATE TABLE {table} AS SELECT * FROM read_json('{path}', format = 'newline_delimited', columns = {columns})")
        path.unlink()

    def load_truth(self, table):
        self.rows(f"CREATE TABLE {table} AS FROM '{self.folder}/truth/{table}.parquet'")

    def near(self, name, measured, target, tolerance):
        print(f"{name:64} {target:10.4g} +- {tolerance:<8.4g} {measured:10.4g}")
        with self.subTest(name):
            self.assertAlmostEqual(measured, target, delta=tolerance)


class EventsimsOwn(Statistics):
    """--compat eventsim with eventsim's example configuration and songs: 6,000 users for twelve weeks."""

    USERS, DAYS = 6_000, 84
    # Share of the page views in per cent, and what it may be off by.
    PAGES = {"NextSong": (85.3, 1.0), "Home": (9.3, 0.6), "Login": (1.2, 0.15), "Logout": (1.08, 0.15), "Downgrade": (0.82, 0.1),
             "Help": (0.69, 0.06), "Settings": (0.64, 0.06), "About": (0.47, 0.05), "Upgrade": (0.19, 0.03), "Save Settings": (0.13, 0.02),
             "Error": (0.11, 0.02), "Submit Upgrade": (0.06, 0.01), "Submit Downgrade": (0.01, 0.005), "Register": (0, 0)}

    def test_its_documented_statistics(self):
        folder = playhead.SHARED / "data" / "eventsim"
        if not folder.is_dir():
            self.skipTest(f"{folder} is not there")
        report = self.simulate("--compat", "eventsim", "-c", folder / "examples/confluent-example-config.json", "-n", self.USERS, "-r", "1",
                               "--catalogue", folder / "data/listen_counts.txt.gz", "-s", "2021-03-01T00:00:00", "-e", "2021-05-24T00:00:00")
        self.load("views", "page_view_events", PAGE_COLUMNS)
        self.assertGreater(report["events"]["page_view_events"], 1_000_000)
        self.assertEqual(self.row("SELECT count(*) FROM views")[0], report["events"]["page_view_events"])
        self.rows("""CREATE TABLE sessions AS SELECT sessionId, sessionId >> 20 AS user, count(*) AS events, min(ts) AS start, (max(ts) - min(ts)) / 1e3 AS seconds,
                     arg_max(level, itemInSession) AS level FROM views GROUP BY ALL""")
        self.mix(report["events"])
        self.lengths()
        self.times()
        self.gaps()

    def mix(self, events):
        views = events["page_view_events"]
        counts = dict(self.rows("SELECT page, count(*) FROM views GROUP BY page"))
        for page, (share, tolerance) in self.PAGES.items():
            self.near(f"{page}, % of page views", 100 * counts.get(page, 0) / views, share, tolerance)
        self.near("page views that show no user, %", 100 * self.row("SELECT avg((userId IS NULL)::INT) FROM views")[0], 3.9, 0.4)
        self.near("page views a user and day", views / self.USERS / self.DAYS, 2.9, 0.3)
        self.assertEqual(events["listen_events"], counts["NextSong"])
        # eventsim sends 4 % of its 1.25 % by mistake, which Playhead leaves out.
        self.near("auth events, % of page views", 100 * events["auth_events"] / views, 1.2, 0.12)
        self.near("status changes, % of page views", 100 * events["status_change_events"] / views, 0.066, 0.012)
        at_first = self.row("SELECT avg((level = 'paid')::INT) FROM (SELECT arg_min(level, ts) AS level FROM views GROUP BY sessionId >> 20)")[0]
        self.near("users who pay at first, %", 100 * at_first, 17, 2)
        self.near("listens of users who pay, %", 100 * self.row("SELECT avg((level = 'paid')::INT) FROM views WHERE page = 'NextSong'")[0], 84, 3)
        left = self.rows("SELECT sessionId >> 20, max(ts) FROM views WHERE page = 'Cancellation Confirmation' GROUP BY 1")
        # There 26 of 4,000 did: three standard deviations of these few.
        self.near("users who cancel in twelve weeks, %", 100 * len(left) / self.USERS, 0.65, 0.39)
        self.assertEqual(self.row("""SELECT count(*) FROM views v, (SELECT sessionId >> 20 AS user, max(ts) AS last FROM views
                                     WHERE page = 'Cancellation Confirmation' GROUP BY 1) c WHERE v.sessionId >> 20 = c.user AND v.ts > c.last""")[0], 0)

    def lengths(self):
        # Level, then mean, median and 95th percentile of the events of a session, each with what it may be off by.
        for level, mean, median, high in (("free", (2.6, 0.1), (2, 0), (7, 0)), ("paid", (25.7, 1), (16, 1), (84, 4))):
            found = self.row(f"SELECT avg(events), median(events), quantile_cont(events, 0.95) FROM sessions WHERE level = '{level}'")
            for name, value, (target, tolerance) in zip(("mean", "median", "95th percentile"), found, (mean, median, high)):
                self.near(f"events of a session, {level}, {name}", value, target, tolerance)
        seconds, median = self.row("SELECT avg(seconds), median(seconds) FROM sessions")
        self.near("seconds of a session, mean", seconds, 1_851, 150)
        self.near("seconds of a session, median", median, 243, 30)

    def times(self):
        # 1 March 2021 was a Monday, and the weeks are whole.
        by_hour = [count for _, count in self.rows("SELECT ts // 3_600_000 % 24, count(*) FROM views GROUP BY 1 ORDER BY 1")]
        by_day = [count for _, count in self.rows("SELECT (ts // 86_400_000 + 3) % 7, count(*) FROM views GROUP BY 1 ORDER BY 1")]
        self.near("page views by hour, highest / lowest", max(by_hour) / min(by_hour), 2.9, 0.3)
        self.near("hour of most page views", by_hour.index(max(by_hour)), 15.5, 0.5)
        self.assertLess(by_hour.index(min(by_hour)), 8)
        self.near("page views of a weekend's day / a weekday", sum(by_day[5:]) / 2 / (sum(by_day[:5]) / 5), 0.56, 0.03)

    def gaps(self):
        """eventsim's rules to the millisecond, and the time on a page: exponential with a mean of 90 s times each user's own log-normal factor."""
        self.rows("""CREATE TABLE gaps AS SELECT page, lead(page) OVER next AS to_page, lead(status) OVER next AS to_status, lead(ts) OVER next - ts AS gap,
                     round(duration * 1e3) AS song, count(*) FILTER (page = 'NextSong') OVER before AS songs FROM views
                     WINDOW next AS (PARTITION BY sessionId ORDER BY itemInSession),
                     before AS (PARTITION BY sessionId ORDER BY itemInSession ROWS UNBOUNDED PRECEDING)""")
        self.assertEqual(self.rows("SELECT DISTINCT gap FROM gaps WHERE to_status BETWEEN 300 AND 399"), [(1_000,)])
        # Both times are cut to whole milliseconds.
        self.assertEqual(self.row("SELECT count(*) FROM gaps WHERE page = 'NextSong' AND to_page = 'NextSong' AND abs(gap - song) > 1")[0], 0)
        self.rows("CREATE TABLE waits AS SELECT gap / 1e3 AS gap FROM gaps WHERE songs = 0 AND to_status NOT BETWEEN 300 AND 399")
        self.assertGreater(self.row("SELECT count(*) FROM waits")[0], 50_000)
        self.near("seconds on a page, mean", self.row("SELECT avg(gap) FROM waits")[0], 90, 9)
        for seconds in (10, 90, 300):
            longer = self.row(f"SELECT avg((gap > {seconds})::INT) FROM waits")[0]
            self.near(f"pages that are read for more than {seconds} s, %", 100 * longer, 100 * self.longer_than(seconds), 2.5)

    @staticmethod
    def longer_than(seconds):
        points = [i / 100 for i in range(-800, 801)]
        weights = [math.exp(-z * z / 2) for z in points]
        return sum(w * math.exp(-seconds / (90 * math.exp(z - 0.5))) for z, w in zip(points, weights)) / sum(weights)


class PlayheadsOwn(Statistics):
    """The default service: 10,000 listeners of the world for four weeks; Europe's clocks go forward on 29 March."""

    # The options of simulate/time_shape.h: relative rates at which sessions begin.
    HOURS = (0.45, 0.28, 0.18, 0.13, 0.12, 0.18, 0.42, 0.82, 1.12, 1.20, 1.22, 1.25, 1.28, 1.27, 1.28, 1.34, 1.44, 1.55, 1.52, 1.40, 1.29, 1.20, 1.02, 0.74)
    WEEKDAYS = (0.98, 0.98, 0.99, 1.01, 1.10, 1.02, 0.92)
    SKIPPED = {5: 24.1, 10: 29.0, 30: 35.1, 10_000: 48.6}  # seconds: per cent of the plays

    def test_the_default_model(self):
        report = self.simulate("-n", "10000", "-r", "1", "--dialect", "eventsim,music-streams", "-s", "2026-03-09T00:00:00Z", "-e", "2026-04-06T00:00:00Z")
        self.load("views", "page_view_events", PAGE_COLUMNS)
        self.load("streams", "music-streams", STREAM_COLUMNS)
        self.load_truth("listeners")
        self.rows("""CREATE TABLE plays AS SELECT listener, track_id AS track, genre, age, timestamp AS time, listen_position AS heard, is_skipped AS skipped,
                     timezone(time_zone, to_timestamp(timestamp)) AS here,
                     row_number() OVER (PARTITION BY listener ORDER BY timestamp, listen_position) AS number FROM streams JOIN listeners USING (email)""")
        self.assertGreater(report["events"]["music-streams"], 1_000_000)
        self.assertEqual(self.row("SELECT count(*) FROM plays")[0], report["events"]["music-streams"])
        self.skips()
        self.popularity()
        self.repeats()
        self.sessions()
        self.hours()
        self.daylight_saving()
        self.genres()
        self.recall()

    def skips(self):
        for seconds, share in self.SKIPPED.items():
            found = self.row(f"SELECT avg((skipped AND heard < {seconds})::INT) FROM plays")[0]
            self.near(f"plays skipped {f'within {seconds} s' if seconds < 100 else 'before the end'}, %", 100 * found, share, 1)
        by_age = [share for _, share in self.rows("SELECT CASE WHEN age < 20 THEN 1 WHEN age < 40 THEN 2 ELSE 3 END, avg(skipped::INT) FROM plays GROUP BY 1 ORDER BY 1")]
        self.near("skips of listeners under 20 / of 40 and more", by_age[0] / by_age[2], 1.2, 0.05)
        self.assertGreater(by_age[0], by_age[1] + 0.02)
        self.assertGreater(by_age[1], by_age[2] + 0.02)
        weekend = dict(self.rows("SELECT isodow(here) >= 6, avg(skipped::INT) FROM plays GROUP BY 1"))
        self.near("skips at weekends / on weekdays", weekend[True] / weekend[False], 1.06, 0.02)

    def popularity(self):
        """Zipf-Mandelbrot's exponent, fitted to ranks 10 to 1,000: the catalogue's 0.9, made 0.1 flatter by taste."""
        slope = self.row("""SELECT regr_slope(ln(plays), ln(rank + 2.7)) FROM
                            (SELECT count(*) AS plays, row_number() OVER (ORDER BY count(*) DESC) AS rank FROM plays GROUP BY track)
                            WHERE rank BETWEEN 10 AND 1000""")[0]
        self.near("exponent of popularity", -slope, 0.8, 0.06)

    def repeats(self):
        """Plays of one of the last eight tracks, over those of one of the eight before them, which are there by taste alone."""
        shares = []
        for skipped in (0, 8):
            lags = ", ".join(f"lag(track, {skipped + back}) OVER lately" for back in range(1, 9))
            shares.append(self.row(f"""SELECT avg(again::INT) FROM (SELECT track IN ({lags}) AS again, number FROM plays
                                       WINDOW lately AS (PARTITION BY listener ORDER BY number)) WHERE number > 16""")[0])
        self.near("plays that repeat out of habit, %", 100 * (shares[0] - shares[1]), 12.5, 2)

    def sessions(self):
        self.rows("""CREATE TABLE sessions AS SELECT sessionId >> 20 AS user_id, min(ts) AS start, count(*) FILTER (page = 'NextSong') AS songs,
                     arg_max(level, itemInSession) AS level FROM views GROUP BY sessionId""")
        songs = dict(self.rows("SELECT level, avg(songs) FROM sessions GROUP BY level"))
        self.near("songs of a session, free", songs["free"], 7, 1)
        self.near("songs of a session, paid", songs["paid"], 20, 2)
        levels = dict(self.rows("SELECT level, count(*) / sum(count(*)) OVER () FROM (SELECT arg_max(level, ts) AS level FROM views GROUP BY sessionId >> 20) GROUP BY level"))
        for level, share in (("free", 58), ("paid", 38), ("trial", 4)):
            self.near(f"listeners with the level {level} at the end, %", 100 * levels[level], share, 1.5)

    def hours(self):
        """When sessions begin by the clocks of each listener. Who listens already begins no other session, so the curve is a little flatter."""
        self.rows("""CREATE TABLE starts AS SELECT start, country, time_zone, timezone(time_zone, to_timestamp(start / 1e3)) AS here,
                     to_timestamp(start / 1e3) AS utc FROM sessions JOIN listeners USING (user_id)""")
        self.assertGreater(self.row("SELECT count(*) FROM starts")[0], 100_000)
        for hour, share in self.rows("SELECT hour(here), 24 * count(*) / sum(count(*)) OVER () FROM starts GROUP BY 1 ORDER BY 1"):
            self.near(f"sessions that begin from {hour} to {hour + 1} h, relative", share, target := self.HOURS[hour] * 24 / sum(self.HOURS), 0.02 + 0.03 * target)
        weeks = "here >= '2026-03-09' AND here < '2026-04-06'"
        for day, share in self.rows(f"SELECT isodow(here), 7 * count(*) / sum(count(*)) OVER () FROM starts WHERE {weeks} GROUP BY 1 ORDER BY 1"):
            self.near(f"sessions that begin on day {day} of the week, relative", share, self.WEEKDAYS[day - 1], 0.03)

    def daylight_saving(self):
        """Where clocks change, the day's shape by them stays what it was; by UTC it moves."""
        self.rows("""CREATE TABLE moved AS SELECT *, start >= epoch_ms(TIMESTAMP '2026-03-29 01:00:00') AS after FROM starts
                     WHERE time_zone LIKE 'Europe/%' AND hour(timezone(time_zone, TIMESTAMPTZ '2026-03-20 12:00:00Z'))
                     <> hour(timezone(time_zone, TIMESTAMPTZ '2026-04-02 12:00:00Z'))""")
        self.assertGreater(self.row("SELECT count(*) FROM moved WHERE after")[0], 3_000)
        distance = {clock: self.row(f"""SELECT sum(abs(before - later)) / 2 FROM (SELECT hour({clock}), count(*) FILTER (NOT after) / sum(count(*) FILTER (NOT after)) OVER () AS before,
                                        count(*) FILTER (after) / sum(count(*) FILTER (after)) OVER () AS later FROM moved GROUP BY 1)""")[0] for clock in ("here", "utc")}
        self.near("hours before and after the clocks changed: own clocks, distance", distance["here"], 0, 0.05)
        shift = sum(abs(rate - self.HOURS[hour - 1]) for hour, rate in enumerate(self.HOURS)) / 2 / sum(self.HOURS)
        self.near("the same by UTC", distance["utc"], shift, 0.03)
        self.assertGreater(distance["utc"], 1.5 * distance["here"])

    def genres(self):
        """Jensen-Shannon divergences in bits, of 60 plays and 60 plays: of two listeners, and of one listener's odd and even plays."""
        self.rows("""CREATE TABLE halves AS SELECT listener, number % 2 AS half, genre, count(*) / 60 AS share FROM plays
                     WHERE number <= 120 AND listener IN (SELECT listener FROM plays WHERE number = 120) GROUP BY ALL""")
        self.rows("CREATE TABLE many AS SELECT listener, row_number() OVER (ORDER BY listener) AS place, count(*) OVER () AS all FROM (SELECT DISTINCT listener FROM halves)")
        self.assertGreater(self.row("SELECT count(*) FROM many")[0], 2_000)
        own = self.divergence("SELECT listener AS one, listener AS other FROM many")
        others = self.divergence("SELECT a.listener AS one, b.listener AS other FROM many a JOIN many b ON b.place = a.place % a.all + 1")
        self.near("divergence of genres within a listener, bits", own, 0.015, 0.01)
        self.near("divergence of genres between two listeners, bits", others, 0.5, 0.08)

    def divergence(self, pairs):
        return self.row(f"""
            WITH pairs AS ({pairs}), sides AS (
              SELECT one, genre, share AS a, 0 AS b FROM pairs JOIN halves ON listener = one AND half = 0 UNION ALL
              SELECT one, genre, 0 AS a, share AS b FROM pairs JOIN halves ON listener = other AND half = 1),
            both_sides AS (SELECT one, sum(a) AS a, sum(b) AS b FROM sides GROUP BY one, genre)
            SELECT avg(bits) FROM (SELECT sum(CASE WHEN a > 0 THEN a / 2 * log2(2 * a / (a + b)) ELSE 0 END
                                            + CASE WHEN b > 0 THEN b / 2 * log2(2 * b / (a + b)) ELSE 0 END) AS bits FROM both_sides GROUP BY one)""")[0]

    def recall(self):
        """A fifth of the tracks of some 4,000 listeners put aside, and guessed for 1,000 of them, twenty each: by popularity, and by likeness of tracks."""
        self.rows("""CREATE TABLE heard AS SELECT listener, track, hash(listener, track) % 5 = 0 AS aside FROM
                     (SELECT listener, track, row_number() OVER (PARTITION BY listener ORDER BY min(number)) AS place, count(*) OVER (PARTITION BY listener) AS tracks
                      FROM plays WHERE listener < 6000 GROUP BY listener, track) WHERE place <= 60 AND tracks >= 20""")
        self.rows("CREATE TABLE known AS SELECT listener, track FROM heard WHERE NOT aside")
        self.rows("CREATE TABLE popular AS SELECT track, count(*) AS listeners FROM known GROUP BY track")
        self.rows("""CREATE TABLE alike AS SELECT a.track AS track, b.track AS other, count(*) AS together FROM known a JOIN known b USING (listener)
                     WHERE a.track <> b.track GROUP BY ALL""")
        self.rows("""CREATE TABLE nearest AS SELECT a.track, other, together / sqrt(a.listeners * b.listeners) AS likeness FROM alike
                     JOIN popular a USING (track) JOIN popular b ON b.track = other
                     QUALIFY row_number() OVER (PARTITION BY a.track ORDER BY likeness DESC, other) <= 200""")
        self.rows("CREATE TABLE guessed AS SELECT listener, least(20, count(*)) AS most FROM heard WHERE aside GROUP BY listener ORDER BY hash(listener) LIMIT 1000")
        popularity = self.recall_of("SELECT listener, track, listeners AS score FROM guessed, (FROM popular ORDER BY listeners DESC LIMIT 400)")
        neighbours = self.recall_of("SELECT listener, other AS track, sum(likeness) AS score FROM guessed JOIN known USING (listener) JOIN nearest USING (track) GROUP BY ALL")
        print(f"recall of 20: popularity {popularity:.4f}, nearest tracks {neighbours:.4f}; at least 1.5 times as much")
        self.assertGreater(popularity, 0.03)
        self.assertGreaterEqual(neighbours, 1.5 * popularity)

    def recall_of(self, scores):
        return self.row(f"""
            WITH best AS (SELECT listener, track FROM ({scores}) ANTI JOIN known USING (listener, track)
                          QUALIFY row_number() OVER (PARTITION BY listener ORDER BY score DESC, track) <= 20)
            SELECT avg(coalesce(hits, 0) / most) FROM guessed LEFT JOIN
            (SELECT listener, count(*) AS hits FROM best JOIN heard USING (listener, track) WHERE aside GROUP BY listener) USING (listener)""")[0]


class ComingAndGoing(Statistics):
    """A year of a service whose listeners come every other month, so that it is quick."""

    YEAR = ("-s", "2026-01-01T00:00:00Z", "-e", "2027-01-01T06:00:00Z")

    def simulate(self, *arguments):
        (self.folder / "seldom.toml").write_text("[sessions]\nbetween-seconds = 5_184_000\n", encoding="utf-8")
        return super().simulate(*self.YEAR, "-r", "1", "--scenario", "seldom.toml", *arguments)

    def test_growth_of_ten_is_elevenfold(self):
        report = self.simulate("-n", "1000", "-g", "10")
        self.near("listeners after a year of growth 10, times as many", report["arrived"] / 1_000, 11, 1)
        self.load("views", "page_view_events", PAGE_COLUMNS)
        self.rows("CREATE TABLE came AS SELECT (sessionId >> 20) - 1 AS listener, min(ts) AS first FROM views GROUP BY 1 HAVING listener >= 1000")
        self.assertEqual(self.row("SELECT count(*) FROM came")[0], report["arrived"] - 1_000, "who comes is heard of at once")
        middle = self.row("SELECT count(*) FROM came WHERE first < epoch_ms(TIMESTAMP '2026-07-02 15:00:00')")[0]
        self.near("listeners after half a year, times as many", 1 + middle / 1_000, math.sqrt(11), 0.4)

    def test_attrition_takes_its_share(self):
        report = self.simulate("-n", "5000", "-a", "0.4")
        self.near("listeners who leave within a year, %", 100 * report["left"] / report["arrived"], 40, 2.5)
        self.load("views", "page_view_events", PAGE_COLUMNS)
        # Of those who stay nine in ten are heard of in the last half year; of those who left some are, in its first months.
        quarters = [heard for _, heard in self.rows("SELECT quarter(epoch_ms(ts)), count(DISTINCT sessionId >> 20) FROM views WHERE ts < epoch_ms(TIMESTAMP '2027-01-01') GROUP BY 1 ORDER BY 1")]
        self.near("listeners heard of in the last quarter / in the first one", quarters[3] / quarters[0], 0.6 ** 0.75, 0.05)


if __name__ == "__main__":
    playhead.unittest.main()
