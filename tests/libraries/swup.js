new Swup({ animationSelector: false });
