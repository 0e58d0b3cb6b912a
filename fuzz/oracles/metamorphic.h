// Two programs that should end alike, run on one machine: what must hold of the rules themselves,
// whoever implements them. An error that engine and reference share cannot hide here.

#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "fuzz/machine.h"
#include "fuzz/oracles/disagreement.h"
#include "fuzz/program.h"

namespace flatcheck {

using NewMachine = std::function<std::unique_ptr<Machine>()>;

// The program's changes in one transaction, or each in its own, end in the same views. (Operations
// that are refused within transactions are left out on both sides.)
std::optional<Disagreement> OneTransactionOrMany(const Program& program, const NewMachine& fresh);

// Disabling a region and enabling it again leaves every view as it was.
std::optional<Disagreement> DisableAndEnable(const Program& program, const NewMachine& fresh);

// A region added right behind one that is opaque and as large changes no view.
std::optional<Disagreement> HiddenRegion(const Program& program, const NewMachine& fresh);

}  // namespace flatcheck
