// Routes, ids, file types, and what must agree in a checkout: generated files are what the
// tables say, folders include only what lies above them.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "api/router.h"
#include "base/text.h"
#include "core/files.h"
#include "groups.h"
#include "workbot/house_health.h"

using namespace hy;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {
api::Reply nothing(api::Call&) { return {}; }
api::Route route(const char* method, const char* pattern) {
    return {method, pattern, api::Auth::none, api::Rate::normal, nothing, ""};
}

fs::path root() {
    const char* given = std::getenv("HONGYAN_TEST_ROOT");
    return given ? given : HONGYAN_SOURCE_ROOT;
}
std::string content(const fs::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    BOOST_TEST(static_cast<bool>(file), path);
    return text.str();
}
}  // namespace

BOOST_AUTO_TEST_SUITE(house)

BOOST_AUTO_TEST_CASE(routing) {
    const api::Route routes[] = {route("GET", "/a/{id}"),   route("DELETE", "/a/{id}"), route("GET", "/a/me"),
                                 route("GET", "/a/{id}/b"), route("POST", "/{x}/me"),   route("GET", "/")};
    const api::Router router(routes);
    const auto one = router.match("GET", {"a", "5"});
    BOOST_TEST(one.route == &routes[0]);
    BOOST_TEST(one.params.at(0).first == "id");
    BOOST_TEST(one.params.at(0).second == "5");
    BOOST_TEST(router.match("GET", {"a", "me"}).route == &routes[2]);
    BOOST_TEST(router.match("GET", {"a", "me", "b"}).route == &routes[3]);
    BOOST_TEST(router.match("GET", {}).route == &routes[5]);
    const auto wrong = router.match("PATCH", {"a", "5"});
    BOOST_TEST(!wrong.route);
    BOOST_TEST(
        (std::set<std::string>(wrong.allowed.begin(), wrong.allowed.end()) == std::set<std::string>{"GET", "DELETE"}));
    for (const auto& none : {std::vector<std::string>{"b"}, {"a"}, {"a", "5", "c"}, {"a", "5", "b", "d"}, {"A", "5"}})
        BOOST_TEST(router.match("GET", none).allowed.empty());
}

BOOST_AUTO_TEST_CASE(ambiguous_routes_are_refused) {
    const auto refused = [](std::vector<api::Route> routes) {
        try {
            const api::Router router(routes);
        } catch (const Error&) {
            return true;
        }
        return false;
    };
    BOOST_TEST(refused({route("GET", "/a"), route("GET", "/a")}));
    BOOST_TEST(refused({route("GET", "/a"), route("GET", "/a/")}));
    BOOST_TEST(refused({route("GET", "/a/{x}"), route("GET", "/a/{y}")}));
    BOOST_TEST(refused({route("GET", "a")}));
    BOOST_TEST(refused({route("GET", "/a//b")}));
    BOOST_TEST(!refused({route("GET", "/a/{x}"), route("POST", "/a/{y}"), route("GET", "/a/b")}));
}

BOOST_AUTO_TEST_CASE(the_tables_of_the_house_are_unambiguous) {
    for (const api::Group* group : tools::groups()) BOOST_CHECK_NO_THROW(api::Router{group->routes});
}

BOOST_AUTO_TEST_CASE(message_ids_go_up) {
    ManualClock clock(1'700'000'000'000);
    MessageIds ids(clock);
    uint64_t last = ids.next();
    BOOST_TEST(MessageIds::time_of(last) == clock.now_ms());
    for (int i = 0; i < 5'000'000; ++i) {  // more than the 22 bits of a millisecond
        const uint64_t next = ids.next();
        if (next <= last) BOOST_FAIL("an id went back");
        last = next;
    }
    clock.advance(-10'000);
    BOOST_TEST(ids.next() > last);
    clock.advance(100'000);
    BOOST_TEST(MessageIds::time_of(ids.next()) == clock.now_ms());
}

BOOST_AUTO_TEST_CASE(message_ids_are_unique_over_threads) {
    SystemClock clock;
    MessageIds ids(clock);
    std::vector<std::vector<uint64_t>> made(4);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : made)
            threads.emplace_back([&] {
                for (int i = 0; i < 20000; ++i) mine.push_back(ids.next());
            });
    }
    std::set<uint64_t> all;
    for (const auto& mine : made) {
        BOOST_TEST(std::is_sorted(mine.begin(), mine.end()));
        all.insert(mine.begin(), mine.end());
    }
    BOOST_TEST(all.size() == 80000u);
}

BOOST_AUTO_TEST_CASE(random_texts) {
    BOOST_TEST(random_text(48).size() == 48u);
    BOOST_TEST(random_text(200, "ab").find_first_not_of("ab") == std::string::npos);
    BOOST_TEST(random_text(500, kLowerDigits).find_first_not_of(kLowerDigits) == std::string::npos);
    BOOST_TEST(random_text(16) != random_text(16));
    BOOST_TEST(random_hex32().size() == 32u);
}

BOOST_AUTO_TEST_CASE(types_by_their_bytes) {
    const std::pair<std::string, std::string> table[] = {{"\xFF\xD8\xFF\xE0 JFIF", "image/jpeg"},
                                                         {"\x89PNG\r\n\x1A\n\0"s, "image/png"},
                                                         {"GIF89a..", "image/gif"},
                                                         {"RIFF\1\2\3\4WEBPVP8 ", "image/webp"},
                                                         {"RIFF\1\2\3\4WAVEfmt ", "audio/wav"},
                                                         {"XXXX\1\2\3\4WEBP", "text/plain"},
                                                         {"ID3\x03\0"s, "audio/mpeg"},
                                                         {"\0\0\0\x20"
                                                          "ftypisom"s,
                                                          "video/mp4"},
                                                         {"\0\0\0\x20"
                                                          "ftypM4A "s,
                                                          "audio/mp4"},
                                                         {"%PDF-1.7", "application/pdf"},
                                                         {"PK\x03\x04rest", "application/zip"},
                                                         {"BM\x36\x10\0\0\0\0\0\0\x36\0"s, "image/bmp"},
                                                         {"hello", "text/plain"},
                                                         {"BMW is a car", "text/plain"},
                                                         {"ID3 tags explained", "text/plain"},
                                                         {"鸿雁", "text/plain"},
                                                         {"鸿雁"s.substr(0, 4), "text/plain"},
                                                         {"\xFF\xFE\x01", "application/octet-stream"},
                                                         {"a\0b"s, "application/octet-stream"},
                                                         {"<svg onload=alert(1)>", "text/plain"},
                                                         {"\x89PN", "application/octet-stream"},
                                                         {"", "text/plain"}};
    for (const auto& [head, mime] : table) BOOST_TEST(files::sniff(head) == mime, head);
}

BOOST_AUTO_TEST_CASE(declared_types) {
    const std::pair<const char*, const char*> agree[] = {
        {"", "image/png"},
        {"application/octet-stream", "image/png"},
        {"image/png", "image/png"},
        {"image/jpg", "image/jpeg"},
        {"text/markdown", "text/plain"},
        {"application/json", "text/plain"},
        {"audio/mp4", "video/mp4"},
        {"audio/mp3", "audio/mpeg"},
        {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"},
        {"application/x-unknown", "application/octet-stream"}};
    for (const auto& [declared, found] : agree) BOOST_TEST(files::types_agree(declared, found), declared);
    const std::pair<const char*, const char*> differ[] = {{"image/png", "text/plain"},
                                                          {"image/png", "image/jpeg"},
                                                          {"image/jpeg", "application/octet-stream"},
                                                          {"text/plain", "image/png"},
                                                          {"text/html", "application/zip"},
                                                          {"application/pdf", "text/plain"},
                                                          {"video/mp4", "application/octet-stream"},
                                                          {"image/jpg", "image/png"}};
    for (const auto& [declared, found] : differ)
        BOOST_TEST(!files::types_agree(declared, found), declared << " " << found);
    for (const auto* mime : {"image/jpeg", "image/png", "image/gif", "image/webp", "audio/mpeg", "video/mp4"})
        BOOST_TEST(files::shown_inline(mime), mime);
    for (const auto* mime : {"image/svg+xml", "text/html", "text/plain", "application/pdf", "image/bmp", ""})
        BOOST_TEST(!files::shown_inline(mime), mime);
}

BOOST_AUTO_TEST_CASE(names_made_safe) {
    constexpr int64_t at = 1707834622000;
    const std::pair<std::string, std::string> table[] = {{"照片 1.JPG", "照片_1_20240213_143022.jpg"},
                                                         {"../../etc/passwd", "passwd_20240213_143022"},
                                                         {"..\\..\\a.exe", "a_20240213_143022.exe"},
                                                         {"/a/b/", "file_20240213_143022"},
                                                         {"", "file_20240213_143022"},
                                                         {".htaccess", "htaccess_20240213_143022"},
                                                         {"a\"b\r\nX: y.png", "a_b__X__y_20240213_143022.png"},
                                                         {"a;b$`c`.sh", "a_b__c__20240213_143022.sh"},
                                                         {"tar.tar.gz", "tar.tar_20240213_143022.gz"},
                                                         {"\xFF\xFE.png", "file_20240213_143022"}};
    for (const auto& [sent, safe] : table) BOOST_TEST(files::safe_name(sent, at) == safe);
    for (const auto& evil :
         {".."s, "."s, "..."s, "../"s, "a/../.."s, "\0"s, "a\0b.jpg"s, std::string(5000, 'x'), std::string(300, '.'),
          "%2e%2e%2f"s, "鸿"s + std::string(3000, '.'), "x." + std::string(400, 'y')}) {
        const std::string name = files::safe_name(evil, at);
        BOOST_TEST(name.find_first_of("/\\\"\r\n%"s + '\0') == std::string::npos, name);
        BOOST_TEST(!name.starts_with('.'), name);
        BOOST_TEST(name.size() <= 120u, name.size());
        BOOST_TEST(valid_utf8(name));
    }
}

BOOST_AUTO_TEST_CASE(health_misses_every_program_that_works_behind) {
    std::set<std::string> known(std::begin(workbot::kBackground), std::end(workbot::kBackground)), there{"ws-relay"};
    for (const auto& program : tools::programs())
        if (std::string_view(program.kind) != "fastcgi") there.insert(program.name);
    BOOST_TEST(known == there, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(committed_files_are_what_the_tables_say) {
    std::set<const api::Door*> doors;
    for (const api::Group* group : tools::groups()) doors.insert(&group->door);
    for (const api::Door* door : doors) {
        const std::string name = door->name;
        BOOST_TEST(content(root() / "nginx/conf.d" / (name + ".conf")) ==
                       api::nginx_locations(*door, tools::groups(), tools::streams()),
                   "nginx/conf.d/" << name << ".conf: run `make api`");
        if (name == "system") continue;
        BOOST_TEST(content(root() / "nginx/www/docs/index.html").find("/docs/" + name + ".json\"") != std::string::npos,
                   name << ": index.html does not name its description");
        const std::string document = api::openapi(*door, tools::groups(), "/");
        BOOST_TEST(json::parse(document).has_value());
        BOOST_TEST(content(root() / "nginx/www/docs" / (name + ".json")) == document,
                   "docs/" << name << ".json: run `make api`");
    }
}

BOOST_AUTO_TEST_CASE(the_documented_keys_are_the_keys) {
    const std::string page = content(root() / "infra/docs/configuration.md");
    size_t rows = 0;
    for (const auto& line : split(page, '\n')) rows += line.starts_with("| `");
    const auto keys = config_keys(Config{});
    BOOST_TEST(rows == keys.size());
    for (const auto& key : keys) {
        const std::string row = "| `" + key.name + "` | " + key.type + " | " +
                                (key.value.empty() ? "" : "`" + key.value + "`") + " | " + key.description + " |\n";
        BOOST_TEST(page.find(row) != std::string::npos, row);
    }
}

BOOST_AUTO_TEST_CASE(folders_include_only_what_lies_above) {
    const std::vector<std::string> order = {"base", "json", "http", "db", "bus", "auth", "wire", "core", "api", "app"};
    const auto rank = [&](const std::string& folder) {
        return std::find(order.begin(), order.end(), folder) - order.begin();
    };
    size_t seen = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root() / "shared")) {
        if (entry.path().extension() != ".h" && entry.path().extension() != ".cpp") continue;
        // A folder within one of them is part of it.
        const std::string folder = fs::relative(entry.path(), root() / "shared").begin()->string();
        BOOST_TEST(rank(folder) < static_cast<ptrdiff_t>(order.size()), entry.path());
        for (const auto& line : split(content(entry.path()), '\n')) {
            if (!line.starts_with("#include \"")) continue;
            const std::string name = line.substr(10, line.find('"', 10) - 10), other = name.substr(0, name.find('/'));
            BOOST_TEST(rank(other) <= rank(folder), entry.path() << " includes " << name);
            // No wire form; what a message says apart from them is everybody's.
            if (folder == "core")
                BOOST_TEST((other != "wire" || name == "wire/content.h"), entry.path() << " includes " << name);
            ++seen;
        }
    }
    BOOST_TEST(seen > 100u);
}

BOOST_AUTO_TEST_SUITE_END()
