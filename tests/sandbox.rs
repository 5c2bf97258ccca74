//! The sandbox as those who test their own app see it: scripted users, and what is remembered.
#![cfg(feature = "sandbox")]

use axum::{body::Body, extract::Request, http::StatusCode};
use tower::ServiceExt;
use tower_privacy::{
    Family,
    sandbox::{Call, Choice, Sandbox, Visit},
};

const PAGE: &str = "/urm-gui/interaction.do?family=contact&serviceId=YOURSITE002242432462\
    &attributes=,see&urlRetour=https%3A%2F%2Fapp.example%2Fcontacts%3Fpage%3D2";

/// Opens the privacy page, or presses a button of it: whether the user is sent back.
async fn send(sandbox: &Sandbox, method: &str, url: &str, form: &'static str) -> bool {
    let request = Request::builder().method(method).uri(url);
    let request = request.body(Body::from(form)).unwrap();
    let status = sandbox.router().oneshot(request).await.unwrap().status();
    assert!([200, 303, 400].contains(&status.as_u16()), "{status}");
    status == StatusCode::SEE_OTHER
}

async fn open(sandbox: &Sandbox) -> bool {
    send(sandbox, "GET", PAGE, "").await
}

async fn press(sandbox: &Sandbox, form: &'static str) -> bool {
    send(sandbox, "POST", PAGE, form).await
}

async fn is_granted(sandbox: &Sandbox) -> bool {
    let request = Request::get("http://orange.test/contacts?token=sandbox-token");
    let request = request.body(Body::empty()).unwrap();
    let response = sandbox.router().oneshot(request).await.unwrap();
    response.status() == StatusCode::OK
}

fn visits(sandbox: &Sandbox) -> Vec<String> {
    sandbox.visits().iter().map(Visit::to_string).collect()
}

fn choices(sandbox: &Sandbox) -> Vec<Option<Choice>> {
    sandbox.visits().iter().map(Visit::choice).collect()
}

mod script {
    use super::*;

    #[tokio::test]
    async fn each_visit_takes_the_next_choice_and_then_the_page_is_shown() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Always, Choice::Refuse, Choice::Once]);
        for granted in [[true, true], [false, false], [true, false]] {
            assert!(open(&sandbox).await);
            for granted in granted {
                assert_eq!(is_granted(&sandbox).await, granted);
            }
        }
        assert!(!open(&sandbox).await);
        assert!(!is_granted(&sandbox).await);
    }

    #[tokio::test]
    async fn what_choose_said_holds_when_the_script_is_over_whichever_was_called_first() {
        let (first, last) = (Sandbox::new(), Sandbox::new());
        first.choose(Choice::Always);
        for sandbox in [&first, &last] {
            sandbox.script([Choice::Refuse]);
        }
        last.choose(Choice::Always);
        for sandbox in [first, last] {
            for _ in 0..3 {
                assert!(open(&sandbox).await);
            }
            let (refuse, always) = (Some(Choice::Refuse), Some(Choice::Always));
            assert_eq!(choices(&sandbox), [refuse, always, always]);
        }
    }

    #[tokio::test]
    async fn a_script_takes_the_place_of_what_is_left_of_another() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Refuse; 3]);
        open(&sandbox).await;
        sandbox.script([Choice::Once]);
        open(&sandbox).await;
        assert!(!open(&sandbox).await);
        let expected = [Some(Choice::Refuse), Some(Choice::Once), None];
        assert_eq!(choices(&sandbox), expected);
    }

    #[tokio::test]
    async fn to_ask_ends_a_script() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Always; 3]);
        sandbox.ask();
        assert!(!open(&sandbox).await);
    }

    #[tokio::test]
    async fn a_page_that_cannot_be_read_takes_no_choice_and_is_no_visit() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Always]);
        let unreadable = "/urm-gui/interaction.do?family=contact&serviceId=S1&attributes=,see";
        assert!(!send(&sandbox, "GET", unreadable, "").await);
        assert!(!press(&sandbox, "choice=perhaps").await);
        assert!(sandbox.visits().is_empty());
        assert!(open(&sandbox).await);
    }

    #[tokio::test]
    async fn a_button_that_is_pressed_by_hand_takes_nothing_of_the_script() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Always]);
        assert!(press(&sandbox, "choice=refuse").await);
        assert!(open(&sandbox).await);
        assert_eq!(
            visits(&sandbox),
            ["contact.see refuse", "contact.see always"]
        );
    }

    #[tokio::test]
    async fn clones_share_a_script() {
        let sandbox = Sandbox::new();
        sandbox.clone().script([Choice::Once]);
        assert!(open(&sandbox).await);
        assert!(!open(&sandbox.clone()).await);
    }
}

mod memory {
    use super::*;

    #[tokio::test]
    async fn a_choice_by_hand_belongs_to_the_latest_visit_that_is_open() {
        let sandbox = Sandbox::new();
        open(&sandbox).await;
        open(&sandbox).await;
        assert_eq!(visits(&sandbox), ["contact.see open", "contact.see open"]);
        press(&sandbox, "choice=once").await;
        assert_eq!(visits(&sandbox), ["contact.see open", "contact.see once"]);
        press(&sandbox, "choice=refuse").await;
        assert_eq!(visits(&sandbox), ["contact.see refuse", "contact.see once"]);
        press(&sandbox, "choice=always").await;
        let third = visits(&sandbox).pop();
        assert_eq!(third.as_deref(), Some("contact.see always"));
    }

    #[tokio::test]
    async fn a_choice_by_hand_does_not_belong_to_a_visit_of_another_query() {
        let sandbox = Sandbox::new();
        open(&sandbox).await;
        let elsewhere = PAGE.replace("page%3D2", "page%3D3");
        assert!(send(&sandbox, "POST", &elsewhere, "choice=once").await);
        assert_eq!(visits(&sandbox), ["contact.see open", "contact.see once"]);
    }

    #[tokio::test]
    async fn a_visit_tells_who_asked_for_what_and_where_the_user_goes_back_to() {
        let sandbox = Sandbox::new();
        sandbox.choose(Choice::Once);
        let url = "/urm-gui/interaction.do?familly=photos&serviceId=S%201&attributes=,add,,see\
                   &urlRetour=https%3A%2F%2Fapp.example%2Falbum%3Fsecret%3D1";
        send(&sandbox, "GET", url, "").await;
        let [visit] = &sandbox.visits()[..] else {
            panic!("{:?}", sandbox.visits())
        };
        assert_eq!(visit.service_id(), "S 1");
        assert_eq!(visit.family(), &Family::Photos);
        assert_eq!(visit.attributes().collect::<Vec<_>>(), ["add", "see"]);
        assert_eq!(
            visit.return_url().as_str(),
            "https://app.example/album?secret=1"
        );
        assert_eq!(visit.to_string(), "photos.add,see once");
        assert!(!format!("{visit:?} {visit}").contains("secret"));
    }

    #[tokio::test]
    async fn a_call_tells_what_was_called_and_what_came_of_it_and_not_the_token() {
        let sandbox = Sandbox::new();
        sandbox.decide(&Family::Contact, "see", Choice::Once);
        for _ in 0..2 {
            is_granted(&sandbox).await;
        }
        let calls = sandbox.calls();
        assert_eq!(calls[0].path(), "/contacts");
        let texts: Vec<_> = calls.iter().map(Call::to_string).collect();
        assert_eq!(texts, ["contact.see granted", "contact.see denied"]);
        assert!(!format!("{calls:?} {sandbox:?}").contains("token"));
    }
}
