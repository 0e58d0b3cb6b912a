// Runs a part of this program in child processes, so that a crash or a hang there is an answer
// here.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace flatcheck {

// What parent and child both see while the child runs.
struct Pulse {
  std::atomic<std::uint64_t> beats{0};  // Moves on while the child does.
  std::atomic<std::uint64_t> step{0};   // Where in a program it is; counts as moving, too.
};

struct ChildEnd {
  enum class How { kFinished, kDied, kHung, kStopped };
  How how = How::kFinished;
  int signal = 0;          // That ended it, if one did.
  std::uint64_t step = 0;  // Of the last pulse.
  std::string printed;     // The beginning of what it wrote to its standard error stream.
};

using Send = std::function<void(std::string_view message)>;

// Runs body(send, pulse) in a child and hands each message that it sends to on_message here. A
// child is ended that computes for `stall_max` while its pulse does not move, or sleeps for a
// second and four times as long. Throws std::system_error where no process can be made.
ChildEnd RunInChild(std::chrono::milliseconds stall_max,
                    const std::function<void(const Send& send, Pulse& pulse)>& body,
                    const std::function<void(std::string message)>& on_message);

// The same for several children at once, numbered from 0.
struct Children {
  std::size_t count = 1;
  std::function<void(std::size_t child, const Send& send, Pulse& pulse)> body;
  std::function<void(std::size_t child, std::string message)> on_message;
  // Asked now and then. When it says no, or a child dies or hangs, the others are stopped.
  std::function<bool()> go_on = [] { return true; };
};
std::vector<ChildEnd> RunInChildren(const Children& children, std::chrono::milliseconds stall_max);

}  // namespace flatcheck
