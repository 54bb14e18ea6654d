#include "push.h"

#include "frame.h"

namespace hy::relay {

Push::Push(json::Value body)
    : body_(std::move(body)),
      channel_(body_.int_or("channel")),
      seq_(body_.int_or("seq")),
      after_(body_.int_or("after")),
      conn_(body_.text_or("conn")) {}

Bytes Push::frame_for(const Door& door, const View& view) const {
    std::lock_guard lock(mutex_);
    const auto [at, fresh] = frames_.try_emplace(view.encoding);
    if (fresh)
        if (const auto text = door.encode_push(body_, view))
            at->second = std::make_shared<const std::string>(encode_frame(Opcode::text, *text));
    return at->second;
}

}  // namespace hy::relay
