#include "engine/print/svg_style.h"

namespace flatcheck::engine {

std::string_view SvgStyle() {
  return R"svg(<style>
text { fill: #1f2630; font: 12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.name, .edge { font: 11px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.title { font-size: 15px; font-weight: 600; }
.view-name { font-weight: 600; }
.paper { fill: #faf9f6; }
.faint, .about { fill: #8a929d; }
.about { font-size: 12px; font-weight: 400; }
.struck { fill: #8a929d; text-decoration: line-through; }
.edge { fill: #5d6673; }
.hole, .span { fill: #f1efea; }
.hole, .grid, .leader { stroke: #e2dfd8; }
.grid { stroke-dasharray: 1 3; }
.axis, .break { stroke: #5d6673; fill: none; }
.coarse { stroke-dasharray: 5 4; }
.break { stroke-width: 1.4; }
.span { stroke: #8a929d; }
.container, .alias { stroke-opacity: 0.6; }
.alias { stroke-dasharray: 5 2; }
.ram { fill: #bcd4ef; stroke: #5b8cc2; }
.rom { fill: #d8ccee; stroke: #8a73b8; }
.romd { fill: #b9e0da; stroke: #3f9488; }
.ramdevice { fill: #d3e5b8; stroke: #7d9c4b; }
.io { fill: #f5dda2; stroke: #c0922b; }
.iommu { fill: #f3c9cf; stroke: #b8606f; }
.reservation { fill: #ddd7cc; stroke: #948a79; }
.behind { fill-opacity: 0.18; stroke-opacity: 0.55; stroke-dasharray: 3 2; }
.off { fill-opacity: 0; stroke-dasharray: 1.5 3; }
.hatch { fill: url(#hatch); pointer-events: none; }
.hatch-line { stroke: #8a929d; stroke-width: 1.6; stroke-opacity: 0.55; }
text { pointer-events: none; }
@media (prefers-color-scheme: dark) {
text { fill: #e8e6e1; }
.paper { fill: #14171c; }
.faint, .about, .struck { fill: #7b8490; }
.edge { fill: #a4acb8; }
.hole, .span { fill: #171a20; }
.hole, .grid, .leader { stroke: #313742; }
.axis, .break { stroke: #a4acb8; }
.span { stroke: #7b8490; }
.ram { fill: #2f5380; stroke: #6f9fd6; }
.rom { fill: #51437a; stroke: #a38fd6; }
.romd { fill: #1f5a54; stroke: #5bb5a9; }
.ramdevice { fill: #46592a; stroke: #97b869; }
.io { fill: #6b5118; stroke: #d6a947; }
.iommu { fill: #6e3540; stroke: #d98a97; }
.reservation { fill: #4a463f; stroke: #9d9484; }
.hatch-line { stroke: #7b8490; }
}
</style>
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="hatch-line"/></pattern></defs>
)svg";
}

}  // namespace flatcheck::engine
