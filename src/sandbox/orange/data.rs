//! The data of the Personal APIs. The people are historical. Their addresses use the reserved names of
//! RFC 2606, their numbers the range that ARCEP reserves for fiction.

use crate::protocol::Family;

/// The root element of the response to an action.
pub(super) fn of(family: &Family, action: &str) -> &'static str {
    match (family, action) {
        (Family::Contact, _) => CONTACTS,
        (Family::Photos, _) => PHOTOS,
        (Family::Agenda, _) => EVENTS,
        (Family::Messages, "nbEmailSMS") => COUNTS,
        (Family::Messages, _) => EMAILS,
        _ => "<empty/>",
    }
}

const CONTACTS: &str = "\
<contacts>\
<contact><name>Ada Lovelace</name><email>ada@lovelace.example</email><phone>+33 6 39 98 00 11</phone></contact>\
<contact><name>Blaise Pascal</name><email>blaise@pascal.example</email><phone>+33 6 39 98 00 12</phone></contact>\
<contact><name>Joseph &amp; Étienne Montgolfier</name><email>freres@montgolfier.example</email><phone>+33 6 39 98 00 13</phone></contact>\
<contact><name>Sophie Germain</name><email>sophie@germain.example</email><phone>+33 6 39 98 00 14</phone></contact>\
<contact><name>Évariste Galois</name><email>evariste@galois.example</email><phone>+33 6 39 98 00 15</phone></contact>\
</contacts>";

const PHOTOS: &str = "\
<photos>\
<photo><title>Low tide at Saint-Malo</title><date>2008-04-12</date></photo>\
<photo><title>The balloon, before the tree</title><date>2008-05-01</date></photo>\
<photo><title>The balloon, after the tree</title><date>2008-05-01</date></photo>\
<photo><title>The oak at Cassel</title><date>2008-07-14</date></photo>\
</photos>";

const EVENTS: &str = "\
<events>\
<event><title>Coffee with Ada</title><date>2008-09-03</date></event>\
<event><title>Balloon repairs</title><date>2008-09-06</date></event>\
<event><title>Moonrise picnic</title><date>2008-09-15</date></event>\
</events>";

const COUNTS: &str = "<messages><emails>12</emails><sms>3</sms></messages>";

const EMAILS: &str = "\
<messages>\
<email><from>freres@montgolfier.example</from><subject>About the tree</subject><date>2008-05-02</date></email>\
<email><from>sophie@germain.example</from><subject>Who brings the cheese?</subject><date>2008-09-10</date></email>\
</messages>";
