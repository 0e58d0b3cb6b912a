#include "fuzz/mutants/fuzz_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

namespace flatcheck {

namespace {

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// What is set anew comes first: it is what programs find.
std::vector<char*> Environment(const Command& command) {
  std::vector<char*> pointers = Pointers(command.environment);
  pointers.pop_back();
  for (char** variable = environ; *variable != nullptr; ++variable) pointers.push_back(*variable);
  pointers.push_back(nullptr);
  return pointers;
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

FuzzProcess::FuzzProcess(const Command& command) {
  const std::vector<char*> words = Pointers(command.words);
  const std::vector<char*> environment = Environment(command);
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process_ > 0) return;
  // Other threads may hold any lock: from here on, system calls alone.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);  // It ended before that.
  const int nothing = open("/dev/null", O_RDONLY);
  const int output = open(command.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execve(words[0], words.data(), environment.data());
  _exit(127);
}

FuzzProcess::~FuzzProcess() {
  Kill();
  Wait();
}

void FuzzProcess::NoteEnd(int status, double seconds) {
  has_ended_ = true;
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  seconds_ = seconds;
}

bool FuzzProcess::HasEnded() {
  if (has_ended_) return true;
  int status = 0;
  rusage usage{};
  if (wait4(process_, &status, WNOHANG, &usage) == process_) {
    NoteEnd(status, Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
  }
  return has_ended_;
}

void FuzzProcess::Kill() {
  if (!has_ended_) kill(process_, SIGKILL);
}

int FuzzProcess::Wait() {
  while (!has_ended_) {
    int status = 0;
    rusage usage{};
    if (wait4(process_, &status, 0, &usage) == process_) {
      NoteEnd(status, Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
    } else if (errno != EINTR) {
      break;
    }
  }
  return status_;
}

double FuzzProcess::CpuSeconds() const {
  if (has_ended_) return seconds_;
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace flatcheck
