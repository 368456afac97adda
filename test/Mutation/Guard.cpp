//===- Guard.cpp - where it crashed, or hung ------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Guard.h"

#include <algorithm>
#include <csignal>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

namespace tally::mutation {

static constexpr int kSignals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPROF};
static std::string place, line;
static constexpr rlim_t kMemory = rlim_t(4) << 30;

static void report(int number) {
  // Where the stack is exhausted or the heap broken, only this is safe.
  auto say = [](const char *text, size_t size) { (void)!::write(STDERR_FILENO, text, size); };
  constexpr char kCrash[] = "crash, file kept: ", kHang[] = "hang, file kept: ";
  if (number == SIGPROF)
    say(kHang, sizeof(kHang) - 1);
  else
    say(kCrash, sizeof(kCrash) - 1);
  say(place.data(), place.size());
  say(line.data(), line.size());
  ::signal(number, SIG_DFL);
  ::raise(number);
}

static void setTimer(int seconds) {
  itimerval timer = {{0, 0}, {seconds, 0}};
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

Guard::Guard(const std::string &path) {
  place = path;
  static std::vector<char> stack(1 << 16);
  stack_t other = {};
  other.ss_sp = stack.data();
  other.ss_size = stack.size();
  ::sigaltstack(&other, nullptr);
  struct sigaction action = {};
  action.sa_handler = report;
  action.sa_flags = SA_ONSTACK;
  for (int number : kSignals)
    ::sigaction(number, &action, nullptr);
#ifndef __SANITIZE_ADDRESS__ // takes terabytes of addresses
  rlimit memory = {};
  ::getrlimit(RLIMIT_AS, &memory);
  memory.rlim_cur = std::min(kMemory, memory.rlim_max);
  ::setrlimit(RLIMIT_AS, &memory);
#endif
}

Guard::~Guard() {
  setTimer(0);
  for (int number : kSignals)
    ::signal(number, SIG_DFL);
}

void Guard::restart(uint64_t number) {
  line = " (number " + std::to_string(number) + ")\n";
  setTimer(20);
}

} // namespace tally::mutation
