// Uploads, and the downloads that go with them.
#include "core/files.h"
#include "door.h"
#include "http/multipart.h"

namespace hy::ocms {

namespace {

constexpr const char* kUploadExample =
    R"({"success":true,"file_path":"/ocms/files/<key>/image_20240213_143022.jpg","file_name":"image_20240213_143022.jpg",)"
    R"("file_size":102400,"content_type":"image/jpeg","message":"文件上传成功","url":"http://localhost:8811/ocms/files/<key>/image_20240213_143022.jpg?e=1708426800&s=..."})";

std::string megabytes(int64_t bytes) {
    if (bytes % (1 << 20) == 0) return std::to_string(bytes >> 20) + " MB";
    return std::to_string(bytes) + " B";
}

api::Reply render(const House& house, const files::File& file) {
    json::Writer w;
    w.begin_object().field("success", true).field("file_path", files::path_of(file.key, file.name));
    w.field("file_name", file.name).field("file_size", file.size).field("content_type", file.mime);
    w.field("message", "文件上传成功").field("url", files::link(house, file.key, file.name)).end_object();
    return api::reply_json(std::move(w));
}

api::Reply upload_file(api::Call& call) {
    auto& services = call.services;
    std::optional<files::Received> received;
    const auto on_part = [&](const http::Part& part, const std::function<size_t(char*, size_t)>& read) {
        if (part.name != "file" || received) return;
        received = files::receive(services.house, *services.store, call.identity->principal, part.file_name,
                                  part.content_type, read);
    };
    try {
        http::read_multipart(call.request.header("content-type"), *call.request.body, on_part);
    } catch (const Error& error) {
        if (error.code != "file.size") throw;
        throw Error(Fault::too_large, "file.size", megabytes(services.config.files.max_bytes));
    }
    if (!received) throw Error(Fault::bad_request, "file.missing");
    // Only now is it known that the body was whole.
    return render(services.house, files::keep(services.db, services.house, std::move(*received)));
}

// nginx sends the bytes: the handler only says which, and as what.
api::Reply hand_over(const api::Call& call, const files::File& file) {
    const bool shown = files::shown_inline(file.mime);
    api::Reply reply;
    const std::string type = shown ? file.mime : "application/octet-stream";
    const std::string disposition =
        std::string(shown ? "inline" : "attachment") + "; filename*=UTF-8''" + http::percent_encode(file.name);
    reply.headers.emplace_back("X-Accel-Redirect", call.services.store->internal_path(file.key, type, disposition));
    reply.headers.emplace_back("Content-Type", type);
    reply.headers.emplace_back("Content-Disposition", disposition);
    reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
    reply.headers.emplace_back("Content-Security-Policy", "sandbox");
    reply.headers.emplace_back("Cache-Control", "private, max-age=3600");
    return reply;
}

void require_reader(db::Session& s, const api::Call& call, const files::File& file) {
    if (!call.identity) throw Error(Fault::unauthorized, "token");
    const bool admin = call.is_admin() && call.identity->principal.type == PrincipalType::account;
    if (!admin && !files::may_read(s, file, call.identity->principal)) throw Error(Fault::forbidden, "file.foreign");
}

api::Reply get_file(api::Call& call) {
    const std::string key = call.param("key");
    const bool linked = files::link_is_good(call.services.house, key, call.query_text("e"), call.query_text("s"));
    if (!linked && !call.identity) throw Error(Fault::unauthorized, "token");
    return hand_over(call, call.services.db.read([&](db::Session& s) {
        const auto file = files::find(s, key);
        if (!file) throw Error(Fault::not_found, "file.not_found");
        if (!linked) require_reader(s, call, *file);
        return *file;
    }));
}

// Kept for agents: looked up in the table by its owner and name, never as a path.
api::Reply download_file(api::Call& call) {
    const auto owner = to_int(call.query_text("user_id"));
    const std::string name = call.query_text("file_name");
    if (!owner || name.empty()) throw Error(Fault::bad_request, "query", "user_id, file_name");
    return hand_over(call, call.services.db.read([&](db::Session& s) {
        const auto file = files::find_by_name(s, account_principal(*owner), name);
        if (!file) throw Error(Fault::not_found, "file.not_found");
        require_reader(s, call, *file);
        return *file;
    }));
}

const std::vector<api::QueryParam> kLinkQuery = {{"e", "integer", "of a signed link: until when"},
                                                 {"s", "string", "of a signed link: its signature"}};
const std::vector<api::QueryParam> kDownloadQuery = {{"user_id", "string", "who uploaded it"},
                                                     {"file_name", "string", "its name"}};

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/ocms/upload/file", api::Auth::user_or_agent, api::Rate::normal, upload_file, "Upload a file",
     {.answer = kUploadExample, .errors = {400, 401, 413}, .reads = api::Body::stream, .uploads = true}},
    {"GET", "/ocms/files/{key}/{name}", api::Auth::optional, api::Rate::normal, get_file,
     "The bytes of a file, for its owner, the robot of a talk it was sent in, or a signed link",
     {.query = kLinkQuery, .errors = {401, 403, 404}}},
    {"GET", "/ocms/download/file", api::Auth::user_or_agent, api::Rate::normal, download_file, "The bytes of a file, by owner and name",
     {.query = kDownloadQuery, .errors = {400, 401, 403, 404}}},
};
// clang-format on

}  // namespace

const api::Group kUpload = {kDoor, "ocms-upload", kRoutes};

}  // namespace hy::ocms
