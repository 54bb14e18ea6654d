// What relay and handlers tell each other, a JSON object a line of the input: numbers that
// are not numbers, lists that are none. Pairs, texts and operations that are read can be
// written and read again.
#include "handlers/uplink/session.h"

#include "doors/ocms.h"
#include "frames_out.h"
#include "fuzz.h"
#include "push.h"
#include "wire/ocms.h"

namespace {

using namespace hy;
using fuzz::expect;

void check_pairs(const json::Value* value) {
    const auto pairs = uplink::read_pairs(value);
    json::Writer w;
    uplink::write_pairs(w, pairs);
    const auto written = json::parse(w.text());
    expect(written && uplink::read_pairs(&*written) == pairs, "pairs, written and read, are the same");
}

void check_texts(const json::Value* value) {
    const auto found = json::texts(value);
    json::Writer w;
    w.begin_array();
    for (const auto& text : found) w.string(text);
    w.end_array();
    const auto written = json::parse(w.text());
    expect(written && json::texts(&*written) == found, "texts, written and read, are the same");
}

void check_close(const json::Value& body) {
    const int code = static_cast<int>(body.int_or("code", 1008));
    const auto again = json::parse(uplink::close_answer(code, body.text_or("reason")));
    const json::Value* close = again ? again->find("close") : nullptr;
    expect(close && close->int_or("code") == code && close->text_or("reason") == body.text_or("reason"),
           "a close, written and read, is the same");
}

void check_view(const relay::Door& door, const json::Value& value) {
    relay::View view;
    view.value = value;
    view.encoding = std::make_shared<const std::string>(door.encoding_of(value, nullptr));
    const auto decoded = door.decode(R"({"type":"message","text":"x","data":{"text":"x"}})", view);
    expect(decoded.kind != relay::Decoded::Kind::answer, "a message is one for any view");
}

void check_line(const relay::Door& door, const json::Value& body) {
    for (const char* name : {"heads", "cut", "confirmed", "list"}) check_pairs(body.find(name));
    for (const char* name : {"topics", "join", "leave", "unknown", "conns"}) check_texts(body.find(name));
    if (const json::Value* close = body.find("close")) check_close(*close);
    check_view(door, body.find("view") ? *body.find("view") : body);
    if (const json::Value* out = body.find("out"); out && out->array())
        for (const auto& operation : *out->array())
            if (const auto text = door.encode_out(operation, {}))
                expect(json::parse(*text).has_value(), "what a client is answered is JSON");
    if (const json::Value* conns = body.find("conns"); conns && conns->array())
        for (const auto& item : *conns->array()) check_pairs(item.find("confirmed"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const auto door = relay::make_ocms_door();
    relay::FramesOut out;
    size_t added = 0;
    for (std::string_view rest = fuzz::view(data, size); !rest.empty();) {
        const std::string_view line = fuzz::take(rest, '\n');
        const auto body = json::parse(line);
        if (!body) continue;
        check_line(*door, *body);
        // An operation as a codec makes it: an object with a member at least.
        if (!body->object() || body->object()->empty() || body->find("client_no") || out.full()) continue;
        out.add(json::to_text(*body), ++added % 2);
    }
    for (size_t seen = 0; out.ready(); out.landed()) {
        int64_t n = 0;
        const std::string text = out.take("r.1:2", n);
        const auto batch = json::parse(text);
        // What is nested to the reader's depth is one level too deep in a list.
        expect(batch || text.find("[[") != std::string::npos || text.find('{') != text.rfind('{'), "a batch is JSON");
        if (!batch) break;
        expect(batch->array() && !batch->array()->empty(), "with something in it");
        for (const auto& op : *batch->array())
            expect((++seen % 2 == 1) == (op.find("client_no") != nullptr), "numbers where they are wanted");
    }
    return 0;
}
