// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Train/EpochLog.h"

#include "Support/Files.h"

#include <cmath>
#include <csignal>
#include <sys/resource.h>

using namespace tally;

static EpochRecord make(int64_t epoch) {
  EpochRecord record;
  record.epoch = epoch;
  record.steps = 390 * epoch;
  record.loss = 0.1;
  record.rate = 0.02;
  record.imagesPerSecond = 650.5;
  record.seconds = 77;
  return record;
}

static std::string lineOf(int64_t epoch) { return toJson(make(epoch)) + "\n"; }

TEST(EpochLog, LinesAreJson) {
  EpochRecord record = make(3);
  EXPECT_EQ(toJson(record), R"({"epoch":3,"steps":1170,"loss":0.1,"rate":0.02,)"
                            R"("images_per_second":650.5,"seconds":77.0})");
  record.trainAccuracy = 0.5;
  record.accuracy = 1;
  record.stepSizes = {{"z.weight", 0.25}, {"a \"quoted\"", 1e-30}};
  record.extra = {{"gradient_norm", INFINITY}, {"bits", 3}};
  EXPECT_EQ(toJson(record), R"({"epoch":3,"steps":1170,"loss":0.1,"train_accuracy":0.5,)"
                            R"("accuracy":1.0,"rate":0.02,"images_per_second":650.5,)"
                            R"("seconds":77.0,"step_sizes":{"z.weight":0.25,)"
                            R"("a \"quoted\"":1e-30},"gradient_norm":null,"bits":3.0})");
}

TEST(EpochLog, ReadsWhatItWrites) {
  TemporaryFolder folder;
  EpochRecord record = make(1), next = make(2);
  record.loss = std::nextafter(0.1, 1);
  record.trainAccuracy = 1.0 / 3;
  record.stepSizes = {{"z", 0.25}, {"a", 0.5}};
  record.gridDistances = {{"z.weight", 0.125}};
  record.attention = {{"z.step", 0.75}, {"z.uniform4.step", 0.25}};
  record.extra = {{"y", 1}, {"b", NAN}};
  next.accuracy = 0.75;
  {
    Result<EpochLog> log = EpochLog::open(folder / "log");
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_TRUE(log->append(record));
    EXPECT_EQ(readEpochLog(folder / "log")->size(), 1u); // at once
    ASSERT_TRUE(log->append(next));
  }
  Result<std::vector<EpochRecord>> read = readEpochLog(folder / "log");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->front().loss, record.loss);
  EXPECT_EQ(read->front().trainAccuracy, record.trainAccuracy);
  EXPECT_FALSE(read->front().accuracy);
  EXPECT_EQ(read->front().stepSizes, record.stepSizes);
  EXPECT_EQ(read->front().gridDistances, record.gridDistances);
  EXPECT_EQ(read->front().attention, record.attention);
  ASSERT_EQ(read->front().extra.size(), 2u);
  EXPECT_EQ(read->front().extra[0], record.extra[0]);
  EXPECT_TRUE(std::isnan(read->front().extra[1].second));
  EXPECT_EQ(toJson(read->back()), toJson(next));
}

TEST(EpochLog, ANewLogReplacesWhatWasThere) {
  TemporaryFolder folder;
  std::string path = folder.write("log", lineOf(1) + lineOf(2));
  ASSERT_TRUE(EpochLog::open(path)->append(make(1)));
  EXPECT_EQ(folder.read("log"), lineOf(1));
}

TEST(EpochLog, GoesOnBehindACheckpoint) {
  TemporaryFolder folder;
  std::string torn = lineOf(4).substr(0, 20);
  for (const std::string &rest : {std::string(), lineOf(3), lineOf(3) + lineOf(4), torn}) {
    std::string path = folder.write("log", lineOf(1) + lineOf(2) + rest);
    Result<EpochLog> log = EpochLog::open(path, 2);
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(folder.read("log"), lineOf(1) + lineOf(2));
    ASSERT_TRUE(log->append(make(3)));
    EXPECT_EQ(folder.read("log"), lineOf(1) + lineOf(2) + lineOf(3));
  }
  // A log that begins only now, with or without a file.
  for (const char *text : {"", "{\"epo"}) {
    ASSERT_TRUE(EpochLog::open(folder.write("log", text), 2)->append(make(3)));
    EXPECT_EQ(folder.read("log"), lineOf(3));
  }
  ASSERT_TRUE(EpochLog::open(folder / "new", 2)->append(make(3)));
  EXPECT_EQ(folder.read("new"), lineOf(3));
}

TEST(EpochLog, LeavesOtherFilesAlone) {
  TemporaryFolder folder;
  std::string notes = "my notes\nand more\n", path = folder.write("log", notes);
  expectError(EpochLog::open(path, 2), {"line 1 of '", "is not JSON"});
  EXPECT_EQ(folder.read("log"), notes);
  expectError(EpochLog::open(folder / "no" + "/log"), {"cannot write '", "No such file"});
}

TEST(EpochLog, RefusesLinesThatAreNoRecords) {
  TemporaryFolder folder;
  auto refuse = [&](const std::string &text, std::initializer_list<const char *> parts) {
    expectError(readEpochLog(folder.write("log", text)), parts);
  };
  refuse(lineOf(1) + "3\n", {"line 2 of '", "is not a JSON object"});
  refuse("{}\n", {"line 1 of '", "requires 'epoch'"});
  refuse(lineOf(2) + lineOf(2), {"line 2 of '", "'epoch' requires more than 2", "but got 2"});
  std::string line = lineOf(1);
  auto replaced = [&](const std::string &from, const std::string &to) {
    std::string text = line;
    return text.replace(text.find(from), from.size(), to);
  };
  refuse(replaced("390", "1.5"), {"'steps' requires an integer of at least 0, but got 1.5"});
  refuse(replaced("390", "-1"), {"'steps' requires an integer of at least 0, but got -1"});
  refuse(replaced("0.1", "\"low\""), {"'loss' requires a number or null, but got \"low\""});
  refuse(replaced("}", ",\"step_sizes\":[]}"), {"'step_sizes' requires an object"});
  refuse(replaced("}", ",\"step_sizes\":{\"a\":{}}}"), {"'a' requires a number or null"});
  refuse(replaced("}", ",\"note\":\"x\"}"), {"'note' requires a number or null"});
  refuse(replaced("}", ",\"loss\":1}"), {"'loss' is given twice"});
}

TEST(EpochLog, AFullDiskLeavesWholeLines) {
  TemporaryFolder folder;
  Result<EpochLog> log = EpochLog::open(folder / "log");
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->append(make(1)));
  // No file may grow beyond the middle of the next line.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit full = before;
  full.rlim_cur = lineOf(1).size() + 10;
  auto *handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  Status written = log->append(make(2));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  expectError(written, {"cannot write '", "log': File too large"});
  EXPECT_EQ(folder.read("log"), lineOf(1));
  ASSERT_TRUE(log->append(make(2)));
  EXPECT_EQ(folder.read("log"), lineOf(1) + lineOf(2));
}
