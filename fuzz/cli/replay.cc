#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "fuzz/cli/commands.h"
#include "fuzz/cli/finding.h"
#include "fuzz/cli/program_file.h"
#include "fuzz/cli/recorded_trace.h"
#include "fuzz/cli/streams.h"
#include "fuzz/differential.h"
#include "fuzz/engine_machine.h"
#include "fuzz/executor.h"
#include "fuzz/limits.h"
#include "fuzz/reference_machine.h"
#include "fuzz/report.h"
#include "fuzz/trace_text.h"
#include "fuzz/virtual_machines.h"

namespace flatcheck::cli {
namespace {

struct ReplayOptions {
  std::vector<std::string> paths;
  bool colour = false;
  double timeout_seconds = kTimeoutSeconds;
  std::string kvm = "fake";
};

// Replays programs, one line of output for each that agrees or is unreadable, more for others.
class Replay {
 public:
  explicit Replay(const ReplayOptions& options)
      : guarded_(GuardedDifferentialOf(options.timeout_seconds)),
        machines_(std::make_shared<VirtualMachines>(options.kvm == "real"
                                                        ? VirtualMachines::Kernel::kReal
                                                        : VirtualMachines::Kernel::kFake)),
        is_real_(options.kvm == "real"),
        differential_(UnderKvm(Oracles::kAll, machines_)),
        colour_(options.colour ? Colour::kTerminal : Colour::kNone) {
    differential_.AskEverything();
    TellWhyFake();
  }

  // A file, or all programs in a folder and below it.
  void Add(const Path& path);
  int Finish();

 private:
  void TellWhyFake() const;
  void AddFolder(const Path& folder);
  void AddPrograms(std::span<const Path> files);
  void AddUnreadable(std::string_view message);
  void AddFindings(const Path& file, const ProgramText& text, bool passes);
  std::variant<std::string, FileError> Findings(const Path& file, const ProgramText& text,
                                                bool passes);
  void Print(std::string_view text) { output_works_ = output_works_ && WriteOut(text); }

  GuardedDifferential guarded_;
  std::shared_ptr<VirtualMachines> machines_;
  bool is_real_;  // As it was asked for.
  std::uint64_t too_large_ = 0;
  Differential differential_;
  Colour colour_;
  bool output_works_ = true;
  std::size_t ok_ = 0;
  std::size_t disagree_ = 0;
  std::size_t unreadable_ = 0;
};

constexpr std::size_t kProgramsPerChild = 64;  // As long as they pass.
constexpr std::size_t kTraceBytesMax = std::size_t{1} << 30;

// What a folder holds besides programs: recorded traces, texts, its README and hidden files.
bool IsProgram(const Path& file) {
  return file.extension() != ".out" && file.extension() != ".txt" && file.filename() != "README.md";
}

bool IsHidden(const Path& path) { return path.filename().string().starts_with('.'); }

void Replay::TellWhyFake() const {
  if (machines_->why_fake().empty()) return;
  fmt::print(stderr, "KVM: SKIP ({}); the fake kernel is used\n", machines_->why_fake());
}

void Replay::Add(const Path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (path != "-" && !std::filesystem::exists(status)) {
    AddUnreadable(fmt::format("{}: found nothing, expected a file or a folder", path.string()));
  } else if (std::filesystem::is_directory(status)) {
    AddFolder(path);
  } else {
    AddPrograms({&path, 1});
  }
}

void Replay::AddFolder(const Path& folder) {
  std::vector<Path> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    std::error_code unknown;
    const Path& path = entry->path();
    if (IsHidden(path)) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file(unknown) && IsProgram(path)) {
      files.push_back(path);
    }
  }
  std::ranges::sort(files);
  const std::span<const Path> all(files);
  for (std::size_t begin = 0; begin < all.size(); begin += kProgramsPerChild) {
    AddPrograms(all.subspan(begin, std::min(kProgramsPerChild, all.size() - begin)));
  }
  if (error) {
    AddUnreadable(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  } else if (files.empty()) {
    AddUnreadable(fmt::format("{}: found no programs, expected some", folder.string()));
  }
}

void Replay::AddUnreadable(std::string_view message) {
  ++unreadable_;
  fmt::print(stderr, "unreadable {}\n", message);
}

void Replay::AddPrograms(std::span<const Path> files) {
  std::vector<std::variant<ProgramText, FileError>> read;
  std::vector<Program> programs;
  for (const Path& file : files) {
    read.push_back(ReadProgram(file, limits::kGeneratedOperationsMax));
    if (const auto* text = std::get_if<ProgramText>(&read.back())) {
      programs.push_back(text->program);
    }
  }
  const bool all_pass = programs.size() > 1 && guarded_.AllPass(programs);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (const auto* error = std::get_if<FileError>(&read[i])) {
      AddUnreadable(error->message);
    } else {
      AddFindings(files[i], std::get<ProgramText>(read[i]), all_pass);
    }
  }
}

void Replay::AddFindings(const Path& file, const ProgramText& text, bool passes) {
  const auto findings = Findings(file, text, passes);
  if (const auto* error = std::get_if<FileError>(&findings)) return AddUnreadable(error->message);
  const std::string& details = std::get<std::string>(findings);
  ++(details.empty() ? ok_ : disagree_);
  Print(fmt::format("{} {}\n{}", details.empty() ? "ok" : "DISAGREES", file.string(), details));
}

// Nothing, or the report on the machines and the difference of each from the recorded trace.
std::variant<std::string, FileError> Replay::Findings(const Path& file, const ProgramText& text,
                                                      bool passes) {
  std::string findings;
  const auto failure = passes ? std::nullopt : guarded_.Check(text.program);
  if (failure && !IsDisagreement(*failure)) return Report(text, *failure);
  // What ended well in a child does so here, but for the real kernel's part in it.
  if (failure || is_real_) {
    if (machines_->IsTooLarge(text.program)) ++too_large_;
    if (const auto disagreement = differential_.Check(text.program)) {
      const TracePair traces{differential_.expect(), differential_.actual()};
      findings += Report(text, traces, *disagreement, colour_);
    } else if (failure) {  // The real kernel does not show it.
      findings += Report(text, *failure);
    }
  }
  const Path recorded_file = Path(file).replace_extension(".out");
  std::error_code error;
  if (file.extension() != ".ops" || !std::filesystem::exists(recorded_file, error)) return findings;
  const auto recorded = ReadFile(recorded_file, kTraceBytesMax);
  if (const auto* unreadable = std::get_if<FileError>(&recorded)) return *unreadable;
  const auto compare = [&](std::string_view name, Machine& machine) {
    const std::string trace = PrintTrace(text, Run(text.program, machine));
    const auto difference = CompareTraces(std::get<std::string>(recorded), trace);
    if (!difference) return;
    findings += fmt::format("{} against {}, {}", name, recorded_file.string(), *difference);
  };
  EngineMachine engine;
  compare("engine", engine);
  ReferenceMachine reference;
  compare("reference", reference);
  return findings;
}

int Replay::Finish() {
  if (is_real_ && machines_->why_fake().empty()) {
    const GuestTally& tally = differential_.guest_agrees().tally();
    Print(fmt::format("KVM: {} commits probed, {} accesses by a guest ({} skipped), {} ioctls\n",
                      tally.commits, tally.accesses, tally.skipped, tally.ioctls));
    if (too_large_ != 0) {
      Print(fmt::format("KVM: SKIP ({} programs have more RAM than a real guest is given)\n",
                        too_large_));
    }
  }
  Print(fmt::format("{} ok, {} disagree, {} unreadable\n", ok_, disagree_, unreadable_));
  if (disagree_ > 0) return kDisagrees;
  return unreadable_ > 0 || !output_works_ ? kUnusable : kOk;
}

}  // namespace

void AddReplay(CLI::App& app, int& status) {
  CLI::App* const command = app.add_subcommand(
      "replay",
      "Runs programs on engine and reference and asks every oracle. Where a .out file lies beside\n"
      "a .ops file, both must print that trace. Exit status: 0 all agree, 1 some disagree, 2 some\n"
      "cannot be read.\n\n"
      "Both run under KVM: a guest looks at the map after each commit. The kernel is a fake one,\n"
      "and with --kvm=real the host's, too.");
  const auto options = std::make_shared<ReplayOptions>();
  command->add_flag("--colour", options->colour, "Marks differences in red, for terminals");
  AddTimeout(*command, options->timeout_seconds);
  command->add_option("--kvm", options->kvm, "The kernel whose guest looks: real or fake")
      ->check(CLI::IsMember({"real", "fake"}))
      ->capture_default_str();
  command
      ->add_option("PATH", options->paths,
                   "Programs, as .ops text or as bytes, or folders, which are searched for them")
      ->required();
  command->callback([options, &status] {
    Replay replay(*options);
    for (const std::string& path : options->paths) replay.Add(path);
    status = replay.Finish();
  });
}

}  // namespace flatcheck::cli
