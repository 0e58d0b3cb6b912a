// A FuzzProcess is another program that runs on its own: what it prints goes to a file, and how
// much it computes is known while it runs. It ends with its FuzzProcess, or with the thread that
// started it.

#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace flatcheck {

// Of a program to start.
struct Command {
  std::vector<std::string> words;        // Its path first.
  std::vector<std::string> environment;  // "NAME=value", besides this process's own.
  std::string output;                    // The file that both its streams go to.
};

class FuzzProcess {
 public:
  // Throws std::system_error where no process can be made. One that cannot run its program ends
  // with status 127.
  explicit FuzzProcess(const Command& command);
  ~FuzzProcess();
  FuzzProcess(const FuzzProcess&) = delete;
  FuzzProcess& operator=(const FuzzProcess&) = delete;

  // Looks whether it has ended by itself.
  bool HasEnded();
  void Kill();
  // Waits for its end; returns its exit status, 128 and more for a signal.
  int Wait();

  double CpuSeconds() const;

 private:
  void NoteEnd(int status, double seconds);

  pid_t process_ = -1;
  bool has_ended_ = false;
  int status_ = 0;
  double seconds_ = 0;  // When it has ended.
};

}  // namespace flatcheck
