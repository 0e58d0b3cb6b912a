#include "fuzz/enumerate/scopes.h"

#include <algorithm>
#include <array>

namespace flatcheck {
namespace {

using Part = Scope::Part;

constexpr std::array kSmall{
    Part{Places, 2, 2},       Part{Attributes, 2, 2}, Part{Neighbours, 0, 2},
    Part{Transactions, 1, 3}, Part{Spaces, 1, 3},     Part{Devices, 1, 3},
    Part{Edges, 2, 2},        Part{Memory, 2, 2},     Part{Iommu, 1, 2},
};

constexpr std::array kMedium{
    Part{Places, 2, 4},       Part{Attributes, 2, 4}, Part{Neighbours, 0, 3},
    Part{Transactions, 2, 4}, Part{Spaces, 2, 4},     Part{Devices, 2, 4},
    Part{Edges, 2, 3},        Part{Memory, 2, 3},     Part{Iommu, 1, 3},
};

constexpr std::array kLarge{
    Part{Places, 3, 4},       Part{Attributes, 2, 4}, Part{Neighbours, 0, 4},
    Part{Transactions, 2, 5}, Part{Spaces, 3, 4},     Part{Devices, 3, 4},
    Part{Edges, 2, 4},        Part{Memory, 2, 4},     Part{Iommu, 1, 4},
};

constexpr std::array<Scope, 3> kScopes{{
    {"S", kSmall},
    {"M", kMedium},
    {"L", kLarge},
}};

}  // namespace

const Scope* FindScope(std::string_view name) {
  const auto found = std::ranges::find(kScopes, name, &Scope::name);
  return found == kScopes.end() ? nullptr : &*found;
}

}  // namespace flatcheck
