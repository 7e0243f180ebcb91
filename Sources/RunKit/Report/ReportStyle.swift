/// The look of a report: one column of text, quiet rules, the system's fonts; light or dark as the reader's system is.
enum ReportStyle {
  static var css: String {
    """
    :root {
      --paper: #fdfdfc; --card: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #e4e7eb; --rule: #d5dae0;
      --met: #1a7f5a; --met-soft: #e3f4ec; --unmet: #b3470a; --unmet-soft: #fcebdf; --band: #bcd9ec;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #14171b; --card: #1a1e23; --ink: #e3e7ec; --faint: #9aa4af; --line: #2a3038; --rule: #363d46;
        --met: #56c596; --met-soft: #173328; --unmet: #f09a5d; --unmet-soft: #3d2617; --band: #2b5672;
      }
      \(SVGTheme.darkRules)
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 \(SVGTheme.font);
      font-variant-numeric: tabular-nums;
    }
    main { max-width: 66rem; margin: 0 auto; padding: 4rem 2rem 5rem; }
    header { max-width: 44rem; margin-bottom: 3rem; }
    .eyebrow { margin: 0; color: var(--faint); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; }
    h1 {
      margin: .35rem 0 .6rem;
      font: 600 2.5rem/1.15 Charter, "Iowan Old Style", Cambria, Georgia, "Liberation Serif", serif;
      letter-spacing: -.01em;
    }
    h1 span { color: var(--faint); font-weight: 400; }
    .abstract { margin: 0 0 1.4rem; color: var(--faint); font-size: 1.1rem; }
    .verdict { margin: 0; padding-left: 1rem; border-left: 3px solid var(--rule); font-size: 1.1rem; }
    .verdict:has(.met) { border-color: var(--met); }
    .verdict:has(.unmet) { border-color: var(--unmet); }
    strong.met { color: var(--met); } strong.unmet { color: var(--unmet); }
    section { margin-top: 3rem; }
    h2 { margin: 0 0 .9rem; font-size: 1.05rem; font-weight: 600; }
    table { width: 100%; border-collapse: collapse; font-size: .95rem; }
    th, td { padding: .6rem 2rem .6rem 0; text-align: left; vertical-align: baseline; }
    th:last-child, td:last-child { padding-right: 0; }
    thead th { padding-top: 0; border-bottom: 1px solid var(--rule); color: var(--faint); font-size: .8rem; }
    thead th { font-weight: 500; }
    tbody tr { border-bottom: 1px solid var(--line); }
    tbody th { font-weight: 400; white-space: nowrap; }
    .number { text-align: right; white-space: nowrap; }
    .metrics b { font-weight: 600; }
    .metrics td:last-child.number, .metrics th:last-child.number { width: 99%; text-align: left; }
    .spread, .seeds { color: var(--faint); }
    .seeds { width: 60%; font-size: .85rem; line-height: 1.7; }
    .seeds span { display: inline-block; margin-right: .6em; }
    .chip { padding: .12rem .55rem; border-radius: 1rem; font-size: .8rem; font-weight: 600; white-space: nowrap; }
    .chip.met { color: var(--met); background: var(--met-soft); }
    .chip.unmet { color: var(--unmet); background: var(--unmet-soft); }
    .statement { width: 50%; }
    .band { white-space: nowrap; color: var(--faint); }
    .gauge { margin-right: .8rem; vertical-align: -2px; }
    .gauge path { fill: none; }
    .gauge .track { stroke: var(--line); stroke-width: 2; } .gauge .range { stroke: var(--band); stroke-width: 6; }
    .gauge circle { stroke: var(--paper); stroke-width: 1.5; }
    .gauge circle.met { fill: var(--met); } .gauge circle.unmet { fill: var(--unmet); }
    .claims.many td { padding-top: .38rem; padding-bottom: .38rem; }
    .scroll { overflow-x: auto; }
    .caption { margin: .8rem 0 0; max-width: 52rem; color: var(--faint); font-size: .85rem; line-height: 1.45; }
    .comparison th, .comparison td, .pivot th, .pivot td, .profile th, .profile td {
      padding: .38rem 1.4rem .38rem 0; white-space: nowrap;
    }
    .comparison, .profile { width: auto; min-width: min(100%, 46rem); }
    .comparison tbody th { font-weight: 500; } .comparison th.same { color: var(--faint); font-weight: 400; }
    .comparison .strip { padding-left: 0; } .comparison .strip .gauge { margin: 0; }
    tr.group > * { padding-top: .7rem; border-top: 2px solid var(--rule); }
    .comparison b, .pivot b { font-weight: 400; } .best b { font-weight: 700; color: var(--met); }
    .faint { color: var(--faint); }
    .gauge circle.mean { fill: var(--faint); } .gauge circle.seed { fill: var(--faint); stroke: none; opacity: .35; }
    .pivot { width: auto; }
    .pivot th, .pivot td, .pivot th:last-child, .pivot td:last-child { padding: .38rem .9rem; }
    .pivot th:first-child { padding-left: 0; }
    .pivot td { background: color-mix(in srgb, var(--band) calc(var(--share) * 60%), transparent); }
    .pivot tbody tr { border-color: var(--paper); }
    .profile .share {
      background: linear-gradient(var(--band), var(--band)) right 1.4rem bottom 2px no-repeat;
      background-size: calc((100% - 1.4rem) * var(--share)) 3px;
    }
    summary { color: var(--faint); font-size: .92rem; cursor: pointer; }
    details table { margin-top: 1rem; }
    .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1.5rem; }
    .grid.single { max-width: 44rem; }
    figure { margin: 0; padding: .8rem .8rem 1rem; }
    figure, pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
    figure > svg { display: block; width: 100%; height: auto; }
    figcaption { margin: .5rem .6rem 0; color: var(--faint); font-size: .85rem; line-height: 1.45; }
    \(SVGTheme.lightRules)
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 3rem; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 0; font-size: .92rem; }
    dt { color: var(--faint); }
    dd { margin: 0; overflow-wrap: anywhere; }
    pre {
      margin: 0; padding: .9rem 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere;
      font: .88rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
    }
    @media (max-width: 44rem) {
      main { padding: 2.2rem 1.1rem 3rem; }
      h1 { font-size: 2rem; }
      section { margin-top: 2.2rem; }
      thead { display: none; }
      tbody tr, tbody td, tbody th { display: block; }
      tbody tr { padding: .8rem 0; }
      tbody td, tbody th { padding: .1rem 0; width: auto; text-align: left; }
      tbody td.number { text-align: left; }
      tbody th { font-weight: 600; }
      td[data-label]::before { content: attr(data-label) " "; color: var(--faint); font-weight: 400; }
      .statement, .seeds { width: auto; } td.strip { display: none; }
      .band { white-space: normal; }
      .band .gauge { display: none; }
      figure { padding: .4rem .2rem .8rem; }
    }
    @media print { main { max-width: none; padding: 0; } figure, tr { break-inside: avoid; } }

    """
  }
}
