#include "fuzz/repro/live_objects.h"

namespace flatcheck {

bool LiveObjects::HasAll(const Operation& operation) const {
  bool has_all = true;
  VisitOperands(operation, Overload{[&]<class Kind>(const Slot<Kind>& slot) {
                                      has_all = has_all && Has(slot);
                                    },
                                    [](const auto&) {}});
  return has_all;
}

std::string_view LiveObjects::RefusalOf(const Trace& trace, std::size_t step,
                                        const Operation& operation) const {
  if (step < trace.steps.size()) return trace.steps[step].refusal;
  return HasAll(operation) ? "" : "absent";
}

bool LiveObjects::TakesEffect(const Trace& trace, std::size_t step,
                              const Operation& operation) const {
  return step < trace.steps.size() ? TookEffect(trace, trace.steps[step]) : HasAll(operation);
}

void LiveObjects::Advance(const Operation& operation, bool takes_effect) {
  const bool ends = takes_effect && EndsObject(operation);
  VisitOperands(operation,
                Overload{[&]<class Kind>(const Defines<Kind>&) {
                           std::get<Objects<Kind>>(objects_).live.push_back(takes_effect);
                         },
                         [&]<class Kind>(const Slot<Kind>& slot) {
                           if (ends) std::get<Objects<Kind>>(objects_).live[slot.index] = false;
                         },
                         [](const auto&) {}});
}

}  // namespace flatcheck
