//===- Program.cpp - a program run by this one ----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Support/Program.h"

#include "tally/Support/Interrupt.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tally {

/// This process's environment but for the place of temporary files.
static std::vector<std::string> makeEnvironment(const std::string &folder) {
  std::vector<std::string> environment = {"TMPDIR=" + folder};
  for (char **entry = environ; *entry; ++entry)
    if (std::strncmp(*entry, "TMPDIR=", 7) != 0)
      environment.push_back(*entry);
  return environment;
}

static std::vector<char *> makePointers(const std::vector<std::string> &texts) {
  std::vector<char *> pointers;
  for (const std::string &text : texts)
    pointers.push_back(const_cast<char *>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Result<Program> Program::start(const std::vector<std::string> &command, const std::string &folder,
                               Ends ends, bool inside) {
  Program program;
  program.name = command[0];
  int pair[2] = {-1, -1};
  if (ends == Connected && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return Error{"cannot make a socket: " + std::string(std::strerror(errno))};
  program.socket = pair[0];

  std::vector<std::string> environment = makeEnvironment(folder);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  if (ends == Connected)
    ::posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
  else
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (ends == Discarded)
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  else
    ::posix_spawn_file_actions_adddup2(&actions, ends == Connected ? pair[1] : STDERR_FILENO,
                                       STDOUT_FILENO);
  if (inside)
    ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  // A session of its own, so that all that it starts can be ended with it.
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  int problem;
  {
    Uninterrupted section;
    problem = ::posix_spawn(&program.id, command[0].c_str(), &actions, &attributes,
                            makePointers(command).data(), makePointers(environment).data());
    if (problem == 0)
      endWithProcess(program.id);
    else
      program.id = 0;
  }
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (ends == Connected)
    ::close(pair[1]);
  if (problem != 0)
    return Error{"cannot run '" + command[0] + "': " + std::strerror(problem)};
  return program;
}

Program::Program(Program &&other) noexcept
    : name(std::move(other.name)), id(other.id), socket(other.socket) {
  other.id = 0;
  other.socket = -1;
}

Program::~Program() {
  if (socket >= 0)
    ::close(socket);
  if (id == 0)
    return;
  ::kill(-id, SIGKILL);
  (void)wait();
}

Status Program::send(const void *bytes, size_t size) {
  auto from = static_cast<const char *>(bytes);
  while (size > 0) {
    ssize_t sent = ::send(socket, from, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent < 0)
      return ended();
    from += sent;
    size -= sent;
  }
  return Done();
}

Status Program::receive(void *bytes, size_t size) {
  auto to = static_cast<char *>(bytes);
  while (size > 0) {
    ssize_t got = ::recv(socket, to, size, MSG_WAITALL);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return ended();
    to += got;
    size -= got;
  }
  return Done();
}

Status Program::ended() {
  ::close(socket); // so that it has nothing to wait for
  socket = -1;
  Status status = wait();
  return status ? Error{"'" + name + "' ended too early"} : status;
}

Status Program::wait() {
  int status = 0;
  if (id == 0)
    return Done();
  pid_t waited;
  do
    waited = ::waitpid(id, &status, 0);
  while (waited < 0 && errno == EINTR);
  forgetProgram(id);
  id = 0;
  if (waited < 0)
    return Error{"cannot wait for '" + name + "': " + std::strerror(errno)};
  if (WIFSIGNALED(status))
    return Error{"'" + name + "' was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
                 ::strsignal(WTERMSIG(status)) + ")"};
  if (WEXITSTATUS(status) != 0)
    return Error{"'" + name + "' ended with status " + std::to_string(WEXITSTATUS(status))};
  return Done();
}

} // namespace tally
