#include "push.h"

#include <utility>

#include "base/text.h"
#include "dialect.h"
#include "frame.h"

namespace hy::relay {

std::unique_ptr<Dialect> Door::dialect() const { return nullptr; }

Push::Push(json::Value body, bool to_group)
    : body_(std::move(body)),
      channel_(body_.int_or("channel")),
      seq_(body_.int_or("seq")),
      after_(body_.int_or("after")),
      before_at_(body_.int_or("before_at")),
      conn_(body_.text_or("conn")),
      from_(body_.text_or("from")),
      id_(to_uint(body_.text_or("id")).value_or(0)),
      gone_(body_.text_or("kind") == "gone"),
      passing_(body_.text_or("kind") == "partial" && !body_.text_or("text").empty()),
      to_group_(to_group) {
    if (const json::Value* sender = body_.find("sender")) sender_ = sender->text_or("id");
    const json::Value* content = body_.find("content");
    for (const json::Value* text : {body_.find("raw"), content ? content->find("text") : nullptr})
        if (text && text->string()) bytes_ += text->string()->size();
    const size_t colon = from_.rfind(':');
    if (colon == std::string::npos) return;
    from_number_ = to_uint(std::string_view(from_).substr(colon + 1)).value_or(0);
    from_.resize(colon);
}

bool Push::said_by(std::string_view relay, uint64_t number) const { return from_number_ == number && from_ == relay; }

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
        seen.frame =
            std::make_shared<const std::string>(encode_frame(door.binary() ? Opcode::binary : Opcode::text, *text));
    const Node* node = new Node{view.encoding, std::move(seen), first};
    seen_.store(node, std::memory_order_release);
    return node->seen;
}

}  // namespace hy::relay
