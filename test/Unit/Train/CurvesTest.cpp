// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is in the pictures is checked by test/Train/curves.test, with an XML parser: the tests here
// put them where it says.
//
//===----------------------------------------------------------------------===//

#include "tally/Train/Curves.h"

#include "Support/Files.h"

#include <cmath>

using namespace tally;

/// The file that lit wants, or one that nobody reads.
static std::string findPath(const TemporaryFolder &folder) {
  const char *wanted = std::getenv("TALLY_CURVES");
  return wanted ? wanted : folder / "curves.svg";
}

static std::vector<EpochRecord> makeRecords(int64_t epochs, int64_t layers) {
  std::vector<EpochRecord> records(epochs);
  for (int64_t i = 0; i < epochs; ++i) {
    EpochRecord &record = records[i];
    record.epoch = i + 1;
    record.loss = 2 / double(i + 1);
    record.trainAccuracy = 1 - 0.5 / double(i + 1);
    record.accuracy = 0.9 - 0.4 / double(i + 1);
    for (int64_t layer = 0; layer < layers; ++layer)
      record.stepSizes.emplace_back("layer" + std::to_string(layer) + ".weight",
                                    0.01 * double(layer + 1) / double(i + 1));
  }
  return records;
}

TEST(Curves, Few) {
  TemporaryFolder folder;
  ASSERT_TRUE(writeCurves(findPath(folder), makeRecords(12, 3), "a network"));
}

TEST(Curves, Many) {
  TemporaryFolder folder;
  ASSERT_TRUE(writeCurves(findPath(folder), makeRecords(300, 90), "many layers"));
}

TEST(Curves, Odd) {
  TemporaryFolder folder;
  std::vector<EpochRecord> records = makeRecords(6, 1);
  records[0].loss = NAN;
  records[2].loss = INFINITY;
  for (EpochRecord &record : records)
    record.trainAccuracy = record.accuracy = std::nullopt;
  records[4].accuracy = 0.5;
  for (EpochRecord &record : records)
    record.stepSizes = {{"<&\"'>\n\x01\xFF", record.epoch == 3 ? 0 : 1e-3},
                        {"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"
                         "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4",
                         1e-3},
                        {"never", -1}};
  records[5].stepSizes.pop_back();
  ASSERT_TRUE(writeCurves(findPath(folder), records, "<odd> & \"odder\""));
}

TEST(Curves, OneEpoch) {
  TemporaryFolder folder;
  ASSERT_TRUE(writeCurves(findPath(folder), makeRecords(1, 2), "one epoch"));
}

TEST(Curves, None) {
  TemporaryFolder folder;
  ASSERT_TRUE(writeCurves(findPath(folder), {}, "nothing"));
}

TEST(Curves, ReplacesTheFileOrLeavesIt) {
  TemporaryFolder folder;
  std::string path = folder.write("curves.svg", "before");
  ASSERT_TRUE(writeCurves(path, makeRecords(2, 1), "after"));
  EXPECT_EQ(folder.read("curves.svg"), drawCurves(makeRecords(2, 1), "after"));
  EXPECT_EQ(folder.count(), 1u);
  expectError(writeCurves(folder / "no" + "/curves.svg", {}, ""), {"cannot write '"});
}
