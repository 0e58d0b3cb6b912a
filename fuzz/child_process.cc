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
#include <memory>
#include <new>
#include <optional>
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

std::string ReadBack(int file) {
  std::string text(kPrintedMax, '\0');
  const ssize_t count = pread(file, text.data(), text.size(), 0);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

// A child that runs, from its fork to its end.
class Child {
 public:
  explicit Child(const std::function<void(const Send&, Pulse&)>& body) {
    Require(*printed_ >= 0, "memfd_create");
    std::array<int, 2> ends{};
    Require(pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
    incoming_.emplace(ends[0]);
    const Descriptor outgoing(ends[1]);
    process_ = fork();
    Require(process_ >= 0, "fork");
    if (process_ == 0) BeChild(*outgoing, *printed_, *pulse_, body);
    stillness_.emplace(process_, pulse_);
  }
  ~Child() {
    if (process_ > 0) End(ChildEnd::How::kStopped);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool runs() const { return process_ > 0; }
  int messages() const { return **incoming_; }
  bool IsOver(std::chrono::milliseconds stall_max) { return stillness_->IsOver(stall_max); }

  // Takes what has come. Returns false where nothing can come any more.
  bool Hear(const std::function<void(std::string)>& on_message) {
    std::array<char, 65536> block;
    const ssize_t count = read(messages(), block.data(), block.size());
    if (count == 0 || (count < 0 && errno != EINTR)) return false;
    if (count > 0) arrived_.append(block.data(), static_cast<std::size_t>(count));
    Deliver(arrived_, on_message);
    stillness_->Moved();
    return true;
  }

  // kFinished: it ends by itself, and may turn out to have died; otherwise it is killed.
  ChildEnd End(ChildEnd::How how) {
    if (how != ChildEnd::How::kFinished) kill(process_, SIGKILL);
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    if (how == ChildEnd::How::kFinished && status != 0) how = ChildEnd::How::kDied;
    return {how, WIFSIGNALED(status) ? WTERMSIG(status) : 0, pulse_.Now().second,
            ReadBack(*printed_)};
  }

 private:
  const SharedPulse pulse_;
  const Descriptor printed_{memfd_create("stderr", MFD_CLOEXEC)};
  std::optional<const Descriptor> incoming_;
  pid_t process_ = 0;
  std::optional<Stillness> stillness_;
  std::string arrived_;
};

// The children of one call, and how those that no longer run have ended.
class Family {
 public:
  Family(const Children& children, std::chrono::milliseconds stall_max)
      : children_(children), stall_max_(stall_max), ends_(children.count) {
    for (std::size_t child = 0; child < children.count; ++child) {
      members_.push_back(std::make_unique<Child>(
          [&, child](const Send& send, Pulse& pulse) { children.body(child, send, pulse); }));
    }
  }

  std::vector<ChildEnd> HearOut() {
    while (AnyRuns()) {
      Look();
      if (is_unwell_ || !children_.go_on()) break;
    }
    for (std::size_t child = 0; child < members_.size(); ++child) {
      if (members_[child]->runs()) ends_[child] = members_[child]->End(ChildEnd::How::kStopped);
    }
    return std::move(ends_);
  }

 private:
  bool AnyRuns() const {
    return std::ranges::any_of(members_, [](const auto& member) { return member->runs(); });
  }

  void Look() {
    constexpr std::chrono::milliseconds kLookEvery(50);
    const auto look_every = std::clamp(stall_max_ / 4, std::chrono::milliseconds(1), kLookEvery);
    std::vector<pollfd> ready;
    std::vector<bool> is_over;
    for (const auto& member : members_) {
      ready.push_back({member->runs() ? member->messages() : -1, POLLIN, 0});
      // What has come already counts for it, however late this process looks.
      is_over.push_back(member->runs() && member->IsOver(stall_max_));
    }
    const bool any_over = std::ranges::find(is_over, true) != is_over.end();
    const int wait = any_over ? 0 : static_cast<int>(look_every.count());
    if (poll(ready.data(), ready.size(), wait) < 0) return;
    for (std::size_t child = 0; child < members_.size(); ++child) {
      if (ready[child].revents != 0) {
        Hear(child);
      } else if (is_over[child]) {
        End(child, ChildEnd::How::kHung);
      }
    }
  }

  void Hear(std::size_t child) {
    const bool more_may_come = members_[child]->Hear(
        [&](std::string message) { children_.on_message(child, std::move(message)); });
    if (!more_may_come) End(child, ChildEnd::How::kFinished);
  }

  void End(std::size_t child, ChildEnd::How how) {
    ends_[child] = members_[child]->End(how);
    is_unwell_ = is_unwell_ || ends_[child].how != ChildEnd::How::kFinished;
  }

  const Children& children_;
  const std::chrono::milliseconds stall_max_;
  std::vector<std::unique_ptr<Child>> members_;
  std::vector<ChildEnd> ends_;
  bool is_unwell_ = false;
};

}  // namespace

ChildEnd RunInChild(std::chrono::milliseconds stall_max,
                    const std::function<void(const Send& send, Pulse& pulse)>& body,
                    const std::function<void(std::string message)>& on_message) {
  return RunInChildren(
             {.count = 1,
              .body = [&](std::size_t, const Send& send, Pulse& pulse) { body(send, pulse); },
              .on_message = [&](std::size_t,
                                std::string message) { on_message(std::move(message)); }},
             stall_max)
      .front();
}

std::vector<ChildEnd> RunInChildren(const Children& children, std::chrono::milliseconds stall_max) {
  return Family(children, stall_max).HearOut();
}

}  // namespace flatcheck
