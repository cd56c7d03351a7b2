"""The look of the report: one style sheet, light and dark, nothing from elsewhere."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #16202c; --soft: #5b6776; --line: #e2e6eb;
  --sealmetrics: #0d8a7a; --sealmetrics_legacy: #7fb8ae; --wemasy: #8a5cd1;
  --session_story: #d98a1f; --segmetrics: #2f6fde; --imports: #7a6a58;
  --within: #dcefe2; --within-ink: #14532d;
  --under-1: #fdeed3; --under-2: #fbd5a5; --under-3: #f3a86b; --under-ink: #5a2a05;
  --over-1: #dde9fc; --over-2: #b9d2f8; --over-3: #8db4f2; --over-ink: #12316b;
  --missing: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151c; --card: #18202a; --ink: #e6ebf1; --soft: #93a0b0; --line: #2a3542;
    --sealmetrics: #2fb8a4; --sealmetrics_legacy: #5d8f87; --wemasy: #a98af0;
    --session_story: #e8a74c; --segmetrics: #6aa0ff; --imports: #b8a794;
    --within: #173a2a; --within-ink: #a9e5c2;
    --under-1: #3b2c17; --under-2: #5c3f1a; --under-3: #8a5420; --under-ink: #fbe3c4;
    --over-1: #1b2c47; --over-2: #22406d; --over-3: #2c5798; --over-ink: #d5e4ff;
    --missing: #232d39;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 20px 56px; }
h1 { font-size: 27px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 18px; margin: 0 0 4px; }
h3 { font-size: 14px; margin: 20px 0 6px; }
p { margin: 0 0 12px; max-width: 74ch; }
.soft, .note { color: var(--soft); }
.note { font-size: 13px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 20px 22px; margin-top: 18px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px;
  margin-top: 22px; }
.card { background: var(--card); border: 1px solid var(--line); border-top: 3px solid var(--hue);
  border-radius: 10px; padding: 14px 16px; }
.card h3 { margin: 0 0 8px; font-size: 14px; }
.card dl { display: grid; grid-template-columns: 1fr auto; gap: 3px 10px; margin: 0; }
.card dt { color: var(--soft); font-size: 13px; }
.card dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { font-weight: 600; font-size: 12px; color: var(--soft); text-align: right; padding: 4px 8px;
  vertical-align: bottom; }
th.vendor { color: var(--hue); border-bottom: 2px solid var(--hue); text-align: left; }
td { padding: 5px 8px; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; }
td:first-child, th:first-child { text-align: left; padding-left: 0; }
table.even { table-layout: fixed; min-width: 960px; }
.even th:first-child { width: 128px; }
.even td, .even th { padding-left: 4px; padding-right: 4px; overflow-wrap: anywhere; }
.words td, .words th { text-align: left; }
.words :is(td, th):nth-last-child(-n+3) { text-align: right; }
tr.all td { font-weight: 650; border-top: 2px solid var(--line); }
.bar { display: block; height: 4px; margin-top: 2px; border-radius: 2px; background: var(--hue);
  opacity: .75; margin-left: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; font-size: 13px; color: var(--soft);
  margin: 6px 0 10px; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px;
  margin-right: 6px; background: var(--hue); vertical-align: -1px; }
svg text { fill: var(--ink); font-size: 12px; font-family: inherit; }
svg .soft { fill: var(--soft); font-size: 11px; }
svg .rule { stroke: var(--line); stroke-width: 1; }
svg .line { fill: none; stroke: var(--hue); stroke-width: 2; stroke-linejoin: round; }
svg rect { fill: var(--hue); }
.heat td, .heat th { padding: 3px 2px; text-align: center; font-size: 11.5px; }
.heat td { border: 2px solid var(--card); border-radius: 5px; min-width: 29px; }
.heat th { font-size: 10.5px; font-weight: 500; }
.heat th:first-child { padding-right: 12px; font-size: 13px; font-weight: 600; color: var(--ink);
  white-space: nowrap; text-align: left; }
.heat .weekend { color: var(--ink); font-weight: 700; }
.within { background: var(--within); color: var(--within-ink); }
.under-1 { background: var(--under-1); color: var(--under-ink); }
.under-2 { background: var(--under-2); color: var(--under-ink); }
.under-3 { background: var(--under-3); color: var(--under-ink); }
.over-1 { background: var(--over-1); color: var(--over-ink); }
.over-2 { background: var(--over-2); color: var(--over-ink); }
.over-3 { background: var(--over-3); color: var(--over-ink); }
.missing, .reference { background: var(--missing); color: var(--soft); }
.stack { width: 34%; }
.stack span { display: flex; height: 10px; border-radius: 2px; overflow: hidden; }
.matched_by_order_id, .legend .matched_by_order_id { background: #0d8a7a; }
.matched_by_score, .legend .matched_by_score { background: #7fb8ae; }
.unmatched, .legend .unmatched { background: var(--line); }
.suspected_duplicates, .legend .suspected_duplicates { background: #d98a1f; }
.legend .key { padding: 0 8px; border-radius: 4px; }
li { margin-bottom: 5px; max-width: 86ch; }
ul { padding-left: 20px; margin: 8px 0 0; }
code { font-size: 13px; }
footer { color: var(--soft); font-size: 13px; margin-top: 18px; }
@media print { section, .card { break-inside: avoid; } body { background: none; } }
"""
