//===- Interrupt.cpp - ended by a signal, with nothing left ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The handler does next to nothing: it wakes a thread that waits for it. That thread may use all
// of C++, and needs nothing of the others but a lock which they hold for short moments only.
//
//===----------------------------------------------------------------------===//

#include "tally/Support/Interrupt.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tally {

//===----------------------------------------------------------------------===//
// What ends with the process
//===----------------------------------------------------------------------===//

namespace {

/// All that follows is guarded by the mutex. Never destroyed: signals come until the very end.
struct Remains {
  std::recursive_mutex mutex;
  std::vector<std::pair<Temporary::Kind, std::string>> files;
  std::vector<pid_t> programs;
};

} // namespace

static Remains &getRemains() {
  static Remains &remains = *new Remains;
  return remains;
}

Uninterrupted::Uninterrupted() : lock(getRemains().mutex) {}

static void remove(Temporary::Kind kind, const std::string &path) {
  std::error_code ignored;
  if (kind == Temporary::Folder)
    std::filesystem::remove_all(path, ignored);
  else
    std::filesystem::remove(path, ignored);
}

Temporary::Temporary(Kind kind, std::string path) : kind(kind), path(std::move(path)) {
  Uninterrupted section;
  getRemains().files.emplace_back(kind, this->path);
}

Temporary::~Temporary() {
  if (path.empty())
    return;
  Uninterrupted section;
  remove(kind, path);
  keep();
}

void Temporary::keep() {
  Uninterrupted section;
  auto &files = getRemains().files;
  files.erase(std::find(files.begin(), files.end(), std::pair(kind, path)));
  path.clear();
}

Result<Temporary> makeTemporaryFolder() {
  const char *parent = std::getenv("TMPDIR");
  std::string path = std::string(parent && *parent ? parent : "/tmp") + "/tally-XXXXXX";
  Uninterrupted section;
  if (!::mkdtemp(path.data()))
    return Error{"cannot make the temporary folder '" + path + "': " + std::strerror(errno)};
  return Temporary(Temporary::Folder, path);
}

void endWithProcess(pid_t program) {
  Uninterrupted section;
  getRemains().programs.push_back(program);
}

void forgetProgram(pid_t program) {
  Uninterrupted section;
  auto &programs = getRemains().programs;
  programs.erase(std::find(programs.begin(), programs.end(), program));
}

//===----------------------------------------------------------------------===//
// Signals
//===----------------------------------------------------------------------===//

static constexpr std::pair<int, const char *> kSignals[] = {
    {SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

/// The first signal that came.
static std::atomic<int> caught{0};
static std::atomic<int> graces{0};
/// Of the last one that began.
static std::atomic<int> graceMilliseconds{0};
static_assert(std::atomic<int>::is_always_lock_free);

/// A byte for each signal, and for each end of a grace.
static int wakeUps[2];

static void wakeUp() { [[maybe_unused]] ssize_t ignored = ::write(wakeUps[1], "", 1); }

static void onSignal(int number) {
  int saved = errno, none = 0;
  caught.compare_exchange_strong(none, number);
  wakeUp();
  errno = saved;
}

/// What programs in their last moments add to a folder keeps it from being removed.
static void removeFiles(const Remains &remains) {
  for (auto it = remains.files.rbegin(); it != remains.files.rend(); ++it)
    for (int attempt = 0; attempt < 10; ++attempt) {
      remove(it->first, it->second);
      if (it->first != Temporary::Folder || ::access(it->second.c_str(), F_OK) != 0)
        break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

static void sayWhy(int number) {
  // Behind a progress bar, or ^C.
  std::string text = ::isatty(STDERR_FILENO) ? "\n" : "";
  for (auto [known, name] : kSignals)
    if (known == number)
      text += std::string("tally: error: ended by ") + name + "\n";
  [[maybe_unused]] ssize_t ignored = ::write(STDERR_FILENO, text.data(), text.size());
}

static void endProcess() {
  Remains &remains = getRemains();
  // Nothing is begun any more: the lock is not given back.
  remains.mutex.lock();
  for (pid_t program : remains.programs) {
    ::kill(-program, SIGKILL);
    ::kill(program, SIGKILL);
  }
  try {
    removeFiles(remains);
    sayWhy(caught);
  } catch (const std::bad_alloc &) {
    // Files stay then, but the process does not.
  }
  ::_exit(128 + caught);
}

static bool waitForWakeUp(int milliseconds) {
  pollfd entry = {wakeUps[0], POLLIN, 0};
  char byte;
  return ::poll(&entry, 1, milliseconds) > 0 && ::read(wakeUps[0], &byte, 1) == 1;
}

static void watch() {
  while (!waitForWakeUp(-1)) {
  }
  if (graces > 0)
    waitForWakeUp(graceMilliseconds);
  endProcess();
}

void installInterruptHandler() {
  if (::pipe2(wakeUps, O_CLOEXEC | O_NONBLOCK) != 0)
    return;
  try {
    std::thread(watch).detach();
  } catch (const std::system_error &) {
    // Without a thread, signals end the process as they always do.
    return;
  }
  for (auto [number, name] : kSignals) {
    struct sigaction action;
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
      continue;
    std::memset(&action, 0, sizeof(action));
    ::sigemptyset(&action.sa_mask);
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    ::sigaction(number, &action, nullptr);
  }
}

bool interrupted() { return caught != 0; }

InterruptGrace::InterruptGrace(int milliseconds) {
  graceMilliseconds = milliseconds;
  ++graces;
}

InterruptGrace::~InterruptGrace() {
  --graces;
  if (!interrupted())
    return;
  wakeUp();
  while (true)
    ::pause();
}

} // namespace tally
