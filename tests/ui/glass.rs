//! What is on the glass, read from the toolkit's own items: every text with its place and the room it needs.

use crate::support::Counter1;
use slint::ComponentHandle;
use slint::private_unstable_api::re_exports::{
    AccessibleRole, ComplexText, Flickable, ItemRc, LayoutInfo, Orientation, SharedString, SimpleText, TextOverflow,
    TextWrap, TouchArea, WindowInner,
};

/// A rectangle of the window.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Place {
    fn of(item: &ItemRc) -> Self {
        let inside = item.geometry();
        let origin = item.map_to_window(inside.origin);
        Self { x: origin.x, y: origin.y, width: inside.size.width, height: inside.size.height }
    }

    /// Whether the other lies inside, give or take a pixel.
    pub fn holds(&self, other: &Place) -> bool {
        other.x >= self.x - 1.0
            && other.y >= self.y - 1.0
            && other.x + other.width <= self.x + self.width + 1.0
            && other.y + other.height <= self.y + self.height + 1.0
    }

    /// Whether they share more than an edge.
    pub fn meets(&self, other: &Place) -> bool {
        let shared = |a: f32, a_long: f32, b: f32, b_long: f32| (a + a_long).min(b + b_long) - a.max(b);
        shared(self.x, self.width, other.x, other.width) > 1.5
            && shared(self.y, self.height, other.y, other.height) > 1.5
    }
}

/// A text on the glass.
#[derive(Debug)]
pub struct Written {
    pub words: String,
    pub colour: [u8; 3],
    pub place: Place,
    /// Width and height that it needs.
    pub needs: (f32, f32),
    /// The button it is on.
    pub within: Option<Place>,
    /// Whether it may lie outside the glass, to be brought in with a finger.
    pub scrolls: bool,
}

/// Where something lies in the tree of items.
#[derive(Clone, Copy, Default)]
struct Within {
    button: Option<Place>,
    scrolls: bool,
}

/// Every text that can be seen.
pub fn written(counter: &Counter1) -> Vec<Written> {
    let mut found = Vec::new();
    let window = WindowInner::from_pub(counter.window.component().window());
    let adapter = window.window_adapter();
    each_item(counter, &mut |item, within| {
        let Some((words, colour, elides, wraps)) = text_of(item) else { return };
        if words.trim().is_empty() {
            return;
        }
        let place = Place::of(item);
        let room = |orientation, across| item.borrow().as_ref().layout_info(orientation, across, &adapter, item);
        let across: LayoutInfo = room(Orientation::Horizontal, -1.0);
        let down: LayoutInfo = room(Orientation::Vertical, if wraps { place.width } else { -1.0 });
        let width = if elides && !wraps { across.preferred } else { across.min };
        found.push(Written {
            words,
            colour,
            place,
            needs: (width, down.preferred),
            within: within.button,
            scrolls: within.scrolls,
        });
    });
    found
}

/// What feels a finger without a name, but for the window itself and the corner that only technicians know.
pub fn nameless_touch_areas(counter: &Counter1) -> Vec<Place> {
    let mut found = Vec::new();
    let size = counter.window.component().window().size();
    let glass = (size.width as f32, size.height as f32);
    each_item(counter, &mut |item, within| {
        let place = Place::of(item);
        let is_window = (place.width, place.height) == glass;
        let is_corner = place.x < 40.0 && place.y < 40.0 && place.width < 140.0 && place.height < 140.0;
        if item.downcast::<TouchArea>().is_some() && within.button.is_none() && !is_window && !is_corner {
            found.push(place);
        }
    });
    found
}

fn each_item(counter: &Counter1, see: &mut dyn FnMut(&ItemRc, Within)) {
    let window = WindowInner::from_pub(counter.window.component().window());
    descend(&ItemRc::new_root(window.component()), Within::default(), see);
}

fn descend(item: &ItemRc, mut within: Within, see: &mut dyn FnMut(&ItemRc, Within)) {
    if !item.is_visible() {
        return;
    }
    see(item, within);
    if item.accessible_role() == AccessibleRole::Button {
        within.button = Some(Place::of(item));
    }
    within.scrolls |= item.downcast::<Flickable>().is_some();
    let mut child = item.first_child();
    while let Some(it) = child {
        descend(&it, within, see);
        child = it.next_sibling();
    }
}

/// Its words, its colour, and whether it may end in dots or go over several lines.
fn text_of(item: &ItemRc) -> Option<(String, [u8; 3], bool, bool)> {
    let rgb = |brush: slint::Brush| [brush.color().red(), brush.color().green(), brush.color().blue()];
    let facts = |words: SharedString, brush, overflow, wrap| {
        (words.to_string(), rgb(brush), overflow == TextOverflow::Elide, wrap != TextWrap::NoWrap)
    };
    if let Some(text) = item.downcast::<ComplexText>() {
        let text = text.as_pin_ref();
        return Some(facts(text.text(), text.color(), text.overflow(), text.wrap()));
    }
    let text = item.downcast::<SimpleText>()?;
    let text = text.as_pin_ref();
    Some(facts(text.text(), text.color(), TextOverflow::Clip, TextWrap::NoWrap))
}
