// An ioctl that the kernel refused, or that could not be asked for: KvmListener tells of it and
// goes on.

#pragma once

#include <cstdint>
#include <functional>

namespace flatcheck::engine {

struct KvmFailure {
  const char* request;  // KVM_SET_USER_MEMORY_REGION, ...: of static storage.
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  int error = 0;  // errno
};

using KvmFailed = std::function<void(const KvmFailure&)>;

// Tells of it, if it is one. Was it none?
inline bool Succeeds(const KvmFailed& failed, const KvmFailure& outcome) {
  if (outcome.error != 0 && failed) failed(outcome);
  return outcome.error == 0;
}

}  // namespace flatcheck::engine
