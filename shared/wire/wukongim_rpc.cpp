#include "wire/wukongim_rpc.h"

#include "base/encode.h"
#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::wire::wukongim::rpc {

namespace {

constexpr size_t kMostObjects = 64;

// The object at the front of `text`, up to the brace that closes it; all of it where none does.
std::string_view cut_object(std::string_view& text) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\') ++i;
        else if (c == '"') quoted = !quoted;
        else if (!quoted && (c == '{' || c == '[')) ++depth;
        else if (!quoted && (c == '}' || c == ']') && --depth <= 0) {
            const std::string_view object = text.substr(0, i + 1);
            text.remove_prefix(i + 1);
            return object;
        }
    }
    return std::exchange(text, {});
}

void skip_space(std::string_view& text) {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n'))
        text.remove_prefix(1);
}

// Reads members and remembers the first that is of another type than it has to be.
class Params {
public:
    explicit Params(const json::Value* value) : value_(value && value->object() ? value : nullptr) {
        if (value && !value->is_null() && !value->object()) fault_ = "params: an object is wanted";
    }
    const std::string& fault() const { return fault_; }
    std::string text(const char* name) {
        const json::Value* found = find(name);
        if (!found) return {};
        if (found->string()) return *found->string();
        return wrong(name, "a string is wanted"), std::string();
    }
    int64_t number(const char* name, int64_t low, int64_t high) {
        const json::Value* found = find(name);
        if (!found) return 0;
        const auto value = found->integer();
        if (value && *value >= low && *value <= high) return *value;
        return wrong(name, "a whole number is wanted"), 0;
    }
    bool flag(const json::Value* object, const char* name, bool absent) {
        const json::Value* found = object ? object->find(name) : nullptr;
        if (!found || found->is_null()) return absent;
        if (const auto value = found->boolean()) return *value;
        // Some clients write 1 for true.
        if (const auto value = found->integer()) return *value != 0;
        return wrong(name, "true or false is wanted"), false;
    }
    const json::Value* find(const char* name) const {
        const json::Value* found = value_ ? value_->find(name) : nullptr;
        return found && found->is_null() ? nullptr : found;
    }
    void wrong(const char* name, const char* why) {
        if (fault_.empty()) fault_ = std::string(name) + ": " + why;
    }

private:
    const json::Value* value_;
    std::string fault_;
};

Connect read_connect(Params& params) {
    Connect c;
    c.version = static_cast<int>(params.number("version", 0, 255));
    c.device_flag = static_cast<int>(params.number("deviceFlag", 0, 255));
    c.device_id = params.text("deviceId");
    c.uid = params.text("uid");
    c.token = params.text("token");
    c.client_time = params.number("clientTimestamp", INT64_MIN, INT64_MAX);
    return c;
}

Send read_send(Params& params) {
    Send s;
    const json::Value* header = params.find("header");
    const json::Value* setting = params.find("setting");
    s.header = {params.flag(header, "noPersist", false), params.flag(header, "redDot", true),
                params.flag(header, "syncOnce", false), params.flag(header, "dup", false)};
    if (params.flag(setting, "receipt", false)) s.setting |= kReceipt;
    s.client_no = params.text("clientMsgNo");
    s.channel_id = params.text("channelId");
    s.channel_type = static_cast<int>(params.number("channelType", 0, 255));
    s.expire = params.number("expire", 0, UINT32_MAX);
    s.topic = params.text("topic");
    s.payload = params.text("payload");
    if (!params.find("payload")) params.wrong("payload", "required");
    return s;
}

Packet read_recvack(Params& params) {
    const json::Value* id = params.find("messageId");
    if (id && id->string()) return Recvack{to_uint(*id->string()).value_or(0)};
    if (id && id->integer()) return Recvack{static_cast<uint64_t>(*id->integer())};
    return Recvack{};
}

Heard read_one(const json::Value& value) {
    Heard heard{Other{}, {}, false, {}};
    const json::Value* id = value.find("id");
    heard.is_request = id && !id->is_null();
    if (id && id->string()) heard.id = *id->string();
    else if (heard.is_request) heard.fault = "id: a string is wanted";
    // Said so all the same, so that its client can tell what was wrong.
    if (id && id->integer()) heard.id = std::to_string(*id->integer());
    const json::Value* version = value.find("jsonrpc");
    if (version && (!version->string() || *version->string() != "2.0")) heard.fault = "jsonrpc: 2.0 is spoken here";
    const std::string method = value.text_or("method");
    if (!heard.fault.empty()) return heard;
    Params params(value.find("params"));
    if (method == "connect") heard.packet = read_connect(params);
    else if (method == "send") heard.packet = read_send(params);
    else if (method == "recvack") heard.packet = read_recvack(params);
    else if (method == "ping") heard.packet = Ping{};
    else if (method == "disconnect") heard.packet = Disconnect{};
    else if (method == "subscribe" || method == "unsubscribe") heard.fault = method + ": not supported";
    // Answers to what nobody asked, and notifications of others, are passed over.
    else if (!method.empty() && heard.is_request) heard.fault = "unknown method";
    if (heard.fault.empty()) heard.fault = params.fault();
    return heard;
}

json::Writer begin(std::string_view id) {
    json::Writer w;
    w.begin_object().field("jsonrpc", "2.0").field("id", id);
    return w;
}
json::Writer notify(const char* method) {
    json::Writer w;
    w.begin_object().field("jsonrpc", "2.0").field("method", method).key("params").begin_object();
    return w;
}

}  // namespace

std::vector<Heard> decode(std::string_view frame) {
    std::vector<Heard> all;
    for (skip_space(frame); !frame.empty(); skip_space(frame)) {
        if (all.size() == kMostObjects) {
            all.push_back({Other{}, {}, true, "too many objects in a frame"});
            break;
        }
        std::string why;
        const auto value = json::parse(cut_object(frame), &why);
        if (value && value->object()) all.push_back(read_one(*value));
        else all.push_back({Other{}, {}, true, why.empty() ? "an object is wanted" : why});
    }
    return all;
}

std::string encode(const Connack& ack, std::string_view id) {
    json::Writer w = begin(id);
    w.key("result").begin_object().key("header").begin_object().end_object();
    w.field("serverVersion", ack.version).field("serverKey", "").field("salt", "");
    w.field("timeDiff", ack.time_diff).field("reasonCode", static_cast<int>(ack.reason)).field("nodeId", 0);
    w.end_object().end_object();
    return std::move(w).take();
}

std::string encode(const Sendack& ack, std::string_view id) {
    json::Writer w = begin(id);
    w.key("result").begin_object().key("header").begin_object().end_object();
    w.field("messageId", std::to_string(ack.message_id)).field("messageSeq", ack.seq);
    w.field("reasonCode", static_cast<int>(ack.reason)).end_object().end_object();
    return std::move(w).take();
}

std::string encode(const Recv& r) {
    json::Writer w = notify("recv");
    w.key("header").begin_object();
    w.field("noPersist", r.header.no_persist).field("redDot", r.header.red_dot).field("syncOnce", r.header.sync_once);
    w.field("dup", r.header.dup).end_object();
    w.key("setting").begin_object().field("receipt", (r.setting & kReceipt) != 0).end_object();
    if (r.expire) w.field("expire", r.expire);
    w.field("messageId", std::to_string(r.message_id)).field("messageSeq", r.seq).field("clientMsgNo", r.client_no);
    w.field("timestamp", r.time_s).field("channelId", r.channel_id).field("channelType", r.channel_type);
    if (!r.topic.empty()) w.field("topic", r.topic);
    w.field("fromUid", r.from).field("payload", base64(r.payload)).end_object().end_object();
    return std::move(w).take();
}

std::string encode_pong(std::string_view id) {
    json::Writer w = begin(id);
    w.key("result").begin_object().end_object().end_object();
    return std::move(w).take();
}

std::string encode_error(std::string_view id, int code, std::string_view message) {
    json::Writer w = begin(id);
    w.key("error").begin_object().field("code", code).field("message", message).end_object().end_object();
    return std::move(w).take();
}

std::string encode_disconnect(Reason reason, std::string_view text) {
    json::Writer w = notify("disconnect");
    w.field("reasonCode", static_cast<int>(reason)).field("reason", text).end_object().end_object();
    return std::move(w).take();
}

}  // namespace hy::wire::wukongim::rpc
