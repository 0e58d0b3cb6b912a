// What a fuzz target tells the mutator that it is linked with (custom_mutator.cc).

#pragma once

#include "fuzz/theme.h"

// Each target whose inputs are programs defines it.
flatcheck::Theme TargetTheme();
