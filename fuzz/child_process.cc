#include "fuzz/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <new>
#include <system_error>
#include <utility>

namespace flatcheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPrintedMax = 65536;
constexpr int kThrew = 99;  // Exit status of a child whose body threw.

void Require(bool works, const char* what) {
  if (!works) throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int operator*() const { return number_; }
  void Close() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

// A Pulse in memory that a child shares.
class SharedPulse {
 public:
  SharedPulse()
      : place_(mmap(nullptr, sizeof(Pulse), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                    0)) {
    Require(place_ != MAP_FAILED, "mmap");
    pulse_ = new (place_) Pulse;
  }
  ~SharedPulse() { munmap(place_, sizeof(Pulse)); }
  SharedPulse(const SharedPulse&) = delete;
  SharedPulse& operator=(const SharedPulse&) = delete;

  Pulse& operator*() const { return *pulse_; }
  std::pair<std::uint64_t, std::uint64_t> Now() const { return {pulse_->beats, pulse_->step}; }

 private:
  void* const place_;
  Pulse* pulse_ = nullptr;
};

// The parent has gone if a message cannot be written: nobody waits for more.
void WriteAll(int to, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = write(to, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(0);
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
}

[[noreturn]] void BeChild(int messages, int printed, Pulse& pulse,
                          const std::function<void(const Send&, Pulse&)>& body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(printed, STDERR_FILENO);
  const Send send = [messages](std::string_view message) {
    const std::uint64_t size = message.size();
    WriteAll(messages, reinterpret_cast<const char*>(&size), sizeof(size));
    WriteAll(messages, message.data(), message.size());
  };
  try {
    body(send, pulse);
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    WriteAll(STDERR_FILENO, "uncaught exception: ", 20);
    WriteAll(STDERR_FILENO, what.data(), what.size());
    _exit(kThrew);
  }
  _exit(0);
}

// Takes whole messages off the front of what has come.
void Deliver(std::string& arrived, const std::function<void(std::string)>& on_message) {
  std::uint64_t size = 0;
  while (arrived.size() >= sizeof(size)) {
    arrived.copy(reinterpret_cast<char*>(&size), sizeof(size));
    if (arrived.size() - sizeof(size) < size) return;
    on_message(arrived.substr(sizeof(size), size));
    arrived.erase(0, sizeof(size) + size);
  }
}

// What a child has done since it last moved.
class Stillness {
 public:
  Stillness(pid_t child, const SharedPulse& pulse) : pulse_(pulse) {
    if (clock_getcpuclockid(child, &cpu_clock_) != 0) cpu_clock_ = CLOCK_MONOTONIC;
    Moved();
  }

  void Moved() {
    seen_ = pulse_.Now();
    since_ = Clock::now();
    cpu_since_ = CpuTime();
  }
  bool IsOver(std::chrono::milliseconds stall_max) {
    if (pulse_.Now() != seen_) Moved();
    return CpuTime() - cpu_since_ > stall_max || Clock::now() - since_ > 4 * stall_max + kSleepMin;
  }

 private:
  std::chrono::nanoseconds CpuTime() const {
    timespec time{};
    clock_gettime(cpu_clock_, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

  // A machine that is busy elsewhere may let a child wait.
  static constexpr std::chrono::seconds kSleepMin{1};

  const SharedPulse& pulse_;
  clockid_t cpu_clock_{};
  std::pair<std::uint64_t, std::uint64_t> seen_;
  Clock::time_point since_;
  std::chrono::nanoseconds cpu_since_{};
};

// Hears the child out. Returns whether it came to a standstill.
bool Listen(int messages, std::chrono::milliseconds stall_max, Stillness stillness,
            const std::function<void(std::string)>& on_message) {
  constexpr std::chrono::milliseconds kLookEvery(50);
  const auto look_every = std::clamp(stall_max / 4, std::chrono::milliseconds(1), kLookEvery);
  std::string arrived;
  std::array<char, 65536> block;
  for (;;) {
    // What has come already counts for it, however late this process looks.
    const bool is_over = stillness.IsOver(stall_max);
    const int wait = is_over ? 0 : static_cast<int>(look_every.count());
    pollfd ready{messages, POLLIN, 0};
    if (poll(&ready, 1, wait) <= 0) {
      if (is_over) return true;
      continue;
    }
    const ssize_t count = read(messages, block.data(), block.size());
    if (count == 0 || (count < 0 && errno != EINTR)) return false;
    if (count > 0) arrived.append(block.data(), static_cast<std::size_t>(count));
    Deliver(arrived, on_message);
    stillness.Moved();
  }
}

std::string ReadBack(int file) {
  std::string text(kPrintedMax, '\0');
  const ssize_t count = pread(file, text.data(), text.size(), 0);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace

ChildEnd RunInChild(std::chrono::milliseconds stall_max,
                    const std::function<void(const Send& send, Pulse& pulse)>& body,
                    const std::function<void(std::string message)>& on_message) {
  const SharedPulse pulse;
  const Descriptor printed(memfd_create("stderr", MFD_CLOEXEC));
  Require(*printed >= 0, "memfd_create");
  std::array<int, 2> ends{};
  Require(pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
  const Descriptor incoming(ends[0]);
  Descriptor outgoing(ends[1]);
  const pid_t child = fork();
  Require(child >= 0, "fork");
  if (child == 0) BeChild(*outgoing, *printed, *pulse, body);
  outgoing.Close();

  ChildEnd end;
  if (Listen(*incoming, stall_max, Stillness(child, pulse), on_message)) {
    end.how = ChildEnd::How::kHung;
    kill(child, SIGKILL);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (end.how != ChildEnd::How::kHung && status != 0) end.how = ChildEnd::How::kDied;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.step = pulse.Now().second;
  end.printed = ReadBack(*printed);
  return end;
}

}  // namespace flatcheck
