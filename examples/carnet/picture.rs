//! The last exchange as a picture: three parties, and a message a line. It is an ordered list of sentences, which
//! CSS draws between the parties, so it needs no script, and no text besides for those who do not see it.

use maud::{Markup, html};

use super::exchange::{Exchange, Outcome, Party};

pub(super) fn draw(exchange: &Exchange) -> Markup {
    html! {
        div.exchange {
            div.parties aria-hidden="true" {
                @for party in Party::ALL { span { (party.name()) } }
            }
            ol {
                @for step in &exchange.steps {
                    li.(between(step.from, step.to)).(outcome(step.outcome)) {
                        p {
                            span.only-read { "From " (step.from.name()) " to " (step.to.name()) ": " }
                            (step.text) " "
                            code { (step.http) }
                        }
                        span.arrow.left[step.from > step.to] {}
                    }
                }
            }
        }
    }
}

/// The parties, without the direction.
fn between(one: Party, other: Party) -> &'static str {
    match (one.min(other), one.max(other)) {
        (Party::You, Party::Carnet) => "near",
        (Party::Carnet, Party::Orange) => "far",
        _ => "across",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::None => "plain",
        Outcome::Denied => "denied",
        Outcome::Granted => "granted",
    }
}

pub(super) const STYLE: &str = "
.exchange { padding: 1rem .75rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .75rem; }
.parties { display: grid; grid-template-columns: repeat(3, 1fr); justify-items: center; }
.parties span { padding: .125rem .625rem; border: 1px solid var(--soft); border-radius: .5rem; font-weight: 600; }
.exchange ol { margin: 0; padding: .75rem 0 0; list-style: none; counter-reset: step;
  --line-of-life: linear-gradient(var(--line), var(--line)) no-repeat;
  background: var(--line-of-life) 16.667% 0 / 1px 100%, var(--line-of-life) 50% 0 / 1px 100%,
  var(--line-of-life) 83.333% 0 / 1px 100%; }
.exchange li { display: grid; grid-template-columns: repeat(6, 1fr); margin-bottom: .75rem; counter-increment: step; }
.exchange p { margin: 0 auto; padding: 0 .375rem; background: var(--paper); text-align: center; line-height: 1.35;
  text-wrap: balance; }
.exchange p::before { content: counter(step) '. '; font-weight: 600; }
.exchange code { display: inline-block; color: var(--soft); font-size: .8125rem; }
.near p { grid-column: 1 / 5; } .near .arrow { grid-column: 2 / 4; }
.far p { grid-column: 3 / 7; } .far .arrow { grid-column: 4 / 6; }
.across p { grid-column: 1 / 7; } .across .arrow { grid-column: 2 / 6; }
.arrow { position: relative; height: .75rem; border-bottom: .125rem solid; margin-bottom: .25rem; }
.arrow::after { content: ''; position: absolute; bottom: -.4375rem; right: 0; border: .375rem solid transparent;
  border-right-width: 0; border-left: .625rem solid; }
.arrow.left::after { right: auto; left: 0; border-left-width: 0; border-right: .625rem solid; }
.denied p { color: var(--no); } .denied .arrow { color: var(--no); }
.granted p { color: var(--yes); } .granted .arrow { color: var(--yes); }
.denied code, .granted code { color: inherit; }
.only-read { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
";
