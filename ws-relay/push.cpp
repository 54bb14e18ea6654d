#include "push.h"

#include <utility>

#include "frame.h"

namespace hy::relay {

Push::Push(json::Value body, bool to_group)
    : body_(std::move(body)),
      channel_(body_.int_or("channel")),
      seq_(body_.int_or("seq")),
      after_(body_.int_or("after")),
      conn_(body_.text_or("conn")),
      to_group_(to_group) {}

Push::~Push() {
    for (const Node* node = seen_.load(std::memory_order_relaxed); node;) delete std::exchange(node, node->next);
}

const Push::Node* Push::find(const Node* from, const Encoding& encoding) {
    while (from && from->encoding != encoding) from = from->next;
    return from;
}

const Push::Seen& Push::seen_by(const Door& door, const View& view) const {
    if (const Node* node = find(seen_.load(std::memory_order_acquire), view.encoding)) return node->seen;
    const std::lock_guard lock(mutex_);
    const Node* first = seen_.load(std::memory_order_relaxed);
    // Another loop may have been here meanwhile.
    if (const Node* node = find(first, view.encoding)) return node->seen;
    Seen seen{door.hears(body_, view), nullptr};
    if (const auto text = door.encode_push(body_, view))
        seen.frame = std::make_shared<const std::string>(encode_frame(Opcode::text, *text));
    const Node* node = new Node{view.encoding, std::move(seen), first};
    seen_.store(node, std::memory_order_release);
    return node->seen;
}

}  // namespace hy::relay
