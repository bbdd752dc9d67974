#include "simulate/catalogue_import.h"

#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

namespace playhead::simulate {
namespace {

using LeftOut = std::map<std::string, std::uint64_t>;

const std::string kHeader =
    "track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,energy,key,loudness,mode,speechiness,"
    "acousticness,instrumentalness,liveness,valence,tempo,time_signature,track_genre\n";
const std::string kFeatures = "0.5,0.6,7,-5.5,1,0.05,0.3,1.5e-06,0.2,0.7,120.5,4";

ImportedCatalogue imported(std::string_view text, const ColumnMapping& mapping = {}) {
  auto made = import_catalogue(text, mapping, 1);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  if (!made) return {};
  return std::move(*made);
}

std::string refusal(std::string_view text, const ColumnMapping& mapping = {}) {
  const auto made = import_catalogue(text, mapping, 1);
  if (made) return "";
  EXPECT_EQ(made.error().kind, ErrorKind::kInvalid);
  return made.error().message;
}

TEST(CatalogueImport, ATrackOfSpotify) {
  const std::string row = "a1,First One;Second,An Album,\"Say \"\"Hi\"\", again\",73,230666,True," + kFeatures + ",k-pop\n";
  for (const std::string& text : {kHeader + row, "," + kHeader + "0," + row, "\xEF\xBB\xBFUnnamed: 0," + kHeader + "0," + row}) {
    const ImportedCatalogue made = imported(text);
    EXPECT_TRUE(made.left_out.empty());
    ASSERT_EQ(made.catalogue->size(), 1u);
    const Track& track = (*made.catalogue)[0];
    EXPECT_EQ(track.id, "a1");
    EXPECT_EQ(track.title, "Say \"Hi\", again");
    EXPECT_EQ(made.catalogue->artist_name(track.artist), "First One");
    EXPECT_EQ(made.catalogue->album_name(track.album), "An Album");
    EXPECT_EQ(made.catalogue->genres()[track.genre], "k-pop");
    EXPECT_EQ(track.duration_ms, 230'666u);
    EXPECT_TRUE(track.is_explicit);
    EXPECT_EQ(track.year, 0);
    EXPECT_NEAR(track.weight, std::exp(7.3), 1e-6);
    EXPECT_FLOAT_EQ(track.audio.danceability, 0.5f);
    EXPECT_FLOAT_EQ(track.audio.energy, 0.6f);
    EXPECT_EQ(track.audio.key, 7);
    EXPECT_FLOAT_EQ(track.audio.loudness, -5.5f);
    EXPECT_EQ(track.audio.mode, 1);
    EXPECT_FLOAT_EQ(track.audio.speechiness, 0.05f);
    EXPECT_FLOAT_EQ(track.audio.acousticness, 0.3f);
    EXPECT_FLOAT_EQ(track.audio.instrumentalness, 1.5e-6f);
    EXPECT_FLOAT_EQ(track.audio.liveness, 0.2f);
    EXPECT_FLOAT_EQ(track.audio.valence, 0.7f);
    EXPECT_FLOAT_EQ(track.audio.tempo, 120.5f);
    EXPECT_EQ(track.audio.time_signature, 4);
  }
}

TEST(CatalogueImport, WhatIsLeftOutIsCountedByReason) {
  const auto row = [](const std::string& front, const std::string& genre) { return front + ",False," + kFeatures + "," + genre + "\n"; };
  const ImportedCatalogue made = imported(
      kHeader + row("a,A,B,T,0,1000", "pop") + row("a,A,B,T,50,1000", "rock") + row("b,A,B,,5,1000", "pop") + row("c,,B,T,5,1000", "pop") +
      row("d,A,B,T,5,0", "pop") + row("e,A,B,T,5,never", "pop") + row("f,A,B,T,5,-3", "pop") + "g,too,short\n" +
      row("h,A,B,\"T,5,1000", "pop") + row("i,A,B,\xFF,5,1000", "pop") + row("j,;A,B,T,5,1000", "pop") + row("k,A,,T,5,1000", "rock"));
  EXPECT_EQ(made.left_out, (LeftOut{{"a track that was there before", 1},
                                    {"broken quotes", 1},
                                    {"no artist", 2},
                                    {"no duration", 3},
                                    {"no title", 1},
                                    {"not UTF-8", 1},
                                    {"wrong number of columns", 1}}));
  ASSERT_EQ(made.catalogue->size(), 2u);
  EXPECT_EQ(made.catalogue->genres()[(*made.catalogue)[0].genre], "pop");  // the first one
  EXPECT_EQ((*made.catalogue)[0].weight, 1);                               // popularity 0
  EXPECT_EQ((*made.catalogue)[1].album, 0u);
}

TEST(CatalogueImport, ListenCountsOfEventsim) {
  const ImportedCatalogue made =
      imported("TR1\tThe \"A\"; Band\tA_ B & C\t172.90404\t82\nTR2\tOther\tSong\t10\t0\nTR3\tOther\tSong\t0\t9\n");
  EXPECT_EQ(made.left_out, (LeftOut{{"no duration", 1}}));
  ASSERT_EQ(made.catalogue->size(), 2u);
  const Track& track = (*made.catalogue)[0];
  EXPECT_EQ(track.id, "TR1");
  EXPECT_EQ(track.title, "A_ B & C");
  EXPECT_EQ(made.catalogue->artist_name(track.artist), "The \"A\"; Band");
  EXPECT_EQ(track.duration_ms, 172'904u);
  EXPECT_EQ(track.weight, 82);
  EXPECT_EQ((*made.catalogue)[1].weight, 0.5);
  EXPECT_EQ(made.catalogue->genres()[0], "unknown");
}

TEST(CatalogueImport, AnyCsvByAMapping) {
  const ColumnMapping mapping = {{"title", "Name"}, {"artist", "By"}, {"duration_s", "Seconds"}, {"popularity", "Plays"}, {"year", "Year"}};
  const ImportedCatalogue made = imported("Year,By,Name,Plays,Seconds\r\n1999,Someone,\"Line\nbreak\",12,61.5\r\n,X;Y,Z,,2\r\n", mapping);
  EXPECT_TRUE(made.left_out.empty());
  ASSERT_EQ(made.catalogue->size(), 2u);
  const Track& track = (*made.catalogue)[0];
  EXPECT_EQ(track.id, "t100000");
  EXPECT_EQ(track.title, "Line\nbreak");
  EXPECT_EQ(track.year, 1999);
  EXPECT_EQ(track.duration_ms, 61'500u);
  EXPECT_EQ(track.weight, 12);
  EXPECT_EQ((*made.catalogue)[1].id, "t100001");
  EXPECT_EQ((*made.catalogue)[1].weight, 0.5);
  EXPECT_EQ(made.catalogue->artist_name((*made.catalogue)[1].artist), "X");
}

TEST(CatalogueImport, EveryTrackHasAnIdOfItsOwn) {
  const ColumnMapping mapping = {{"id", "id"}, {"title", "title"}, {"artist", "artist"}, {"duration_s", "s"}};
  const ImportedCatalogue made = imported("id,title,artist,s\nt100001,a,A,9\n,b,B,9\n  ,c,C,9\nown,d,D,9\n,e,E,9\n", mapping);
  EXPECT_TRUE(made.left_out.empty());
  std::vector<std::string> ids;
  for (std::uint32_t i = 0; i < made.catalogue->size(); ++i) ids.emplace_back((*made.catalogue)[i].id);
  EXPECT_EQ(ids, (std::vector<std::string>{"t100001", "t100002", "t100003", "own", "t100004"}));
}

TEST(CatalogueImport, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(refusal("").find("line 1"), std::string::npos);
  EXPECT_NE(refusal("a,b,c\n1,2,3\n").find("line 1"), std::string::npos);
  EXPECT_NE(refusal(kHeader).find("without a track"), std::string::npos);
  std::string lacks = kHeader;
  lacks.replace(lacks.find("tempo"), 5, "speed");
  EXPECT_NE(refusal(lacks + "x").find("lacks: tempo"), std::string::npos);
  const std::string faults = refusal("a,b\n1,2\n", {{"title", "a"}, {"artist", "c"}, {"colour", "b"}});
  EXPECT_NE(faults.find("'c' for artist"), std::string::npos) << faults;
  EXPECT_NE(faults.find("'colour'"), std::string::npos) << faults;
  EXPECT_NE(faults.find("duration_ms"), std::string::npos) << faults;
}

TEST(CatalogueImport, AlbumsOfOneNameByTwoArtistsAreTwo) {
  const std::string rest = ",5,1000,False," + kFeatures + ",pop\n";
  const ImportedCatalogue made =
      imported(kHeader + "a,A,Greatest Hits,T" + rest + "b,B,Greatest Hits,T" + rest + "c,A,Greatest Hits,U" + rest);
  EXPECT_NE((*made.catalogue)[0].album, (*made.catalogue)[1].album);
  EXPECT_EQ((*made.catalogue)[0].album, (*made.catalogue)[2].album);
}

// The text of a file of the real data, unpacked by the command; empty where it is not at hand.
std::string real(const std::string& command, const std::string& file) {
  const char* shared = getenv("PLAYHEAD_SHARED");
  const std::filesystem::path path = std::filesystem::path(shared ? shared : "../shared") / "data" / file;
  if (!std::filesystem::exists(path)) return {};
  FILE* unpacked = popen((command + " '" + path.string() + "'").c_str(), "r");
  std::string text;
  std::array<char, 65'536> bytes;
  for (std::size_t count = 1; unpacked && count > 0;) {
    count = fread(bytes.data(), 1, bytes.size(), unpacked);
    text.append(bytes.data(), count);
  }
  if (unpacked) pclose(unpacked);
  return text;
}

std::uint64_t sum_of(const LeftOut& left_out) {
  std::uint64_t sum = 0;
  for (const auto& [reason, rows] : left_out) sum += rows;
  return sum;
}

TEST(CatalogueImport, TheTracksOfSpotify) {
  const std::string text = real("zstd -dc", "spotify_tracks/dataset.csv.zst");
  if (text.empty()) GTEST_SKIP() << "the tracks of Spotify are not at hand";
  const clock_t start = clock();
  const ImportedCatalogue made = imported(text);
  const double took = static_cast<double>(clock() - start) / CLOCKS_PER_SEC;
  RecordProperty("seconds", std::to_string(took));
  EXPECT_LT(took, 6);  // of one processor's time; below 2 where the machine has nothing else to do
  EXPECT_EQ(made.catalogue->size(), 89'740u);
  EXPECT_EQ(made.catalogue->size() + sum_of(made.left_out), 114'000u);
  EXPECT_EQ(made.left_out, (LeftOut{{"a track that was there before", 24'259}, {"no title", 1}}));
  EXPECT_EQ(made.catalogue->genres().size(), 113u);  // every track of songwriter is one of singer-songwriter, too, which comes first
  double commas = 0, quotes = 0;
  for (std::uint32_t i = 0; i < made.catalogue->size(); ++i) {
    const Track& track = (*made.catalogue)[i];
    EXPECT_FALSE(track.id.empty());
    commas += track.title == "This is My,,,";
    quotes += track.title.find('"') != std::string::npos;
  }
  EXPECT_GE(commas, 1);
  EXPECT_GT(quotes, 500);
  const Track& first = (*made.catalogue)[0];
  EXPECT_EQ(first.id, "5SuOikwiRyPMVoIQDJUgSV");
  EXPECT_EQ(made.catalogue->artist_name(first.artist), "Gen Hoshino");
  EXPECT_FLOAT_EQ(first.audio.tempo, 87.917f);
}

TEST(CatalogueImport, TracksOfSpotifyAsRWritesThem) {
  const std::string text = real("cat", "spotify_tracks/readr_dialect/k-pop.csv");
  if (text.empty()) GTEST_SKIP() << "the tracks of Spotify are not at hand";
  const ImportedCatalogue made = imported(text);
  EXPECT_EQ(made.catalogue->size() + sum_of(made.left_out), 1'000u);
  EXPECT_EQ(made.left_out.at("no duration"), 1u);
}

TEST(CatalogueImport, TheListenCountsOfEventsim) {
  const std::string text = real("gzip -dc", "eventsim/data/listen_counts.txt.gz");
  if (text.empty()) GTEST_SKIP() << "eventsim's listen counts are not at hand";
  const ImportedCatalogue made = imported(text);
  EXPECT_TRUE(made.left_out.empty());
  EXPECT_EQ(made.catalogue->size(), 10'000u);
  double counts = 0, zeros = 0;
  for (std::uint32_t i = 0; i < made.catalogue->size(); ++i) {
    counts += (*made.catalogue)[i].weight;
    zeros += (*made.catalogue)[i].weight == 0.5;
  }
  EXPECT_EQ(counts - zeros / 2, 5'001'159);
}

}  // namespace
}  // namespace playhead::simulate
