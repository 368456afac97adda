//===- DatasetSpec.cpp - the DATA argument, taken apart -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "DatasetSpec.h"

namespace tally {

static bool parseIndex(const std::string &text, int64_t &value) {
  if (text.empty() || text.size() > 18)
    return false;
  value = 0;
  for (char c : text) {
    if (c < '0' || c > '9')
      return false;
    value = value * 10 + (c - '0');
  }
  return true;
}

Result<Spec> parseSpec(const std::string &text) {
  Spec spec;
  std::string body = text;
  size_t hash = text.rfind('#');
  if (hash != std::string::npos &&
      text.find_first_not_of("0123456789-", hash + 1) == std::string::npos) {
    body = text.substr(0, hash);
    size_t hyphen = text.find('-', hash);
    if (hyphen == std::string::npos ||
        !parseIndex(text.substr(hash + 1, hyphen - hash - 1), spec.first) ||
        !parseIndex(text.substr(hyphen + 1), spec.last))
      return Error{"data '" + text + "' ends in '" + text.substr(hash) +
                   "', but a range is '#FIRST-LAST'"};
    if (spec.first > spec.last)
      return Error{"data '" + text + "' has a range from " + std::to_string(spec.first) +
                   " down to " + std::to_string(spec.last)};
    spec.hasRange = true;
  }
  size_t colon = body.find(':');
  spec.kind = body.substr(0, colon);
  if (colon != std::string::npos)
    spec.body = body.substr(colon + 1);
  return spec;
}

Result<std::vector<std::string>> splitNpy(const Spec &spec, const std::string &text) {
  size_t comma = spec.body.find(',');
  if (spec.body.empty() ||
      (comma != std::string::npos && spec.body.find(',', comma + 1) != std::string::npos))
    return Error{"data '" + text + "' must be 'npy:X.npy,Y.npy' or 'npy:X.npy'"};
  if (comma == std::string::npos)
    return std::vector<std::string>{spec.body};
  if (comma == 0 || comma + 1 == spec.body.size())
    return Error{"data '" + text + "' has no file " + (comma == 0 ? "before" : "behind") +
                 " its comma: it must be 'npy:X.npy,Y.npy' or "
                 "'npy:X.npy'"};
  return std::vector<std::string>{spec.body.substr(0, comma), spec.body.substr(comma + 1)};
}

Result<Split> splitDirectory(const Spec &spec, const std::string &text) {
  if (spec.kind != "mnist" && spec.kind != "cifar10")
    return Error{"data '" + text + "' begins with '" + spec.kind +
                 "', but must begin with 'mnist:', 'cifar10:', 'npy:', 'npz:' or 'images:'"};
  size_t colon = spec.body.rfind(':');
  std::string split = colon == std::string::npos ? "" : spec.body.substr(colon + 1);
  if (spec.body.find(':') == 0 || (split != "train" && split != "test"))
    return Error{"data '" + text + "' must be '" + spec.kind + ":DIR:train' or '" + spec.kind +
                 ":DIR:test'"};
  return Split{spec.body.substr(0, colon), split == "train"};
}

Result<FolderSpec> splitFolder(const Spec &spec, const std::string &text) {
  FolderSpec folder{spec.body, spec.first, spec.hasRange ? spec.last : -1};
  while (true) {
    size_t comma = folder.directory.rfind(',');
    if (comma == std::string::npos)
      break;
    std::string word = folder.directory.substr(comma + 1);
    size_t equals = word.find('=');
    std::string key = word.substr(0, equals);
    if (word == "strict") {
      folder.strict = true;
    } else if (equals != std::string::npos && (key == "resize" || key == "crop")) {
      auto size = ImageSize::parse(word.substr(equals + 1));
      if (!size)
        return Error{"data '" + text + "' requires '" + key + "' to be N or HxW, from 1 to " +
                     std::to_string(ImageSize::kMax) + ", but got '" + word.substr(equals + 1) +
                     "'"};
      ImageSize &known = key == "crop" ? folder.scaling.crop : folder.scaling.resize;
      if (known)
        return Error{"data '" + text + "' says '" + key + "' twice"};
      known = *size;
    } else {
      break;
    }
    folder.directory.resize(comma);
  }
  if (folder.directory.empty())
    return Error{"data '" + text + "' must be 'images:DIR'"};
  return folder;
}

} // namespace tally
