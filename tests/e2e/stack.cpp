#include "e2e/stack.h"

#include <Poco/Data/MySQL/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>

#include "base/ids.h"
#include "base/text.h"
#include "support/house_check.h"

namespace hy::test {

namespace {

std::string given(const char* name) {
    const char* value = getenv(name);
    BOOST_REQUIRE_MESSAGE(value, name << " is not set: tests/run.sh e2e starts the stack and says where it is");
    return value;
}

std::string output_of(const std::string& command) {
    std::string said;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    BOOST_REQUIRE(pipe);
    char buffer[4096];
    while (const size_t size = fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, size);
    pclose(pipe);
    return said;
}

}  // namespace

Stack::Stack() : url(given("HONGYAN_TEST_URL")), var(given("HONGYAN_TEST_VAR")), bin(given("HONGYAN_TEST_BIN")) {
    read_config_file(config, var + "/etc/hongyan.conf");
    port = static_cast<int>(config.port);
    // Poco::Data's sessions cannot be told of a socket; the C library below them can.
    setenv("MYSQL_UNIX_PORT", config.database.socket.c_str(), 1);
    Poco::Data::MySQL::Connector::registerConnector();
}

Stack& stack() {
    static Stack one;
    return one;
}

std::string Stack::supervisor(const std::string& words) {
    return output_of("supervisorctl -c " + var + "/etc/supervisord.conf " + words);
}

std::vector<std::string> Stack::processes() {
    std::vector<std::string> names;
    for (const auto& line : split(supervisor("status"), '\n'))
        if (!line.empty()) names.push_back(line.substr(0, line.find(' ')));
    return names;
}

void Stack::heal() {
    if (healthz().status != 200) supervisor("start all");
    BOOST_REQUIRE_MESSAGE(eventually([&] { return healthz().status == 200; }, 40000), "the stack is not healthy");
}

User Stack::log_in(const std::string& code) {
    const std::string wanted = code.empty() ? "e2e" + random_text(16, kLowerDigits) : code;
    const auto answer = http(url, "POST", "/ocms/auth/weapp/token", {{"Content-Type", "application/json"}},
                             R"({"code":")" + wanted + "\"}");
    BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.status << " " << answer.body);
    User user{to_int(answer.text("user_id")).value_or(0), answer.text("access_token"), answer.text("refresh_token")};
    secrets.insert(secrets.end(), {user.access, user.refresh});
    return user;
}

Robot Stack::new_robot(const User& owner, const std::string& name) {
    const auto answer = call(owner, "POST", "/ocms/robots/", R"({"name":)" + json::quoted(name) + "}");
    BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.status << " " << answer.body);
    secrets.push_back(answer.text("api_key"));
    return {answer.text("robot_id"), answer.text("api_key")};
}

Answer Stack::call(const User& user, const std::string& method, const std::string& path, const std::string& body) {
    return http(url, method, path, user.headers(), body);
}

Answer Stack::upload(const Headers& who, const std::string& name, const std::string& mime, const std::string& bytes) {
    const auto file = one_file(name, mime, bytes);
    Headers headers{{"Content-Type", file.type}};
    for (const auto& header : who)
        if (header.first != "Content-Type") headers.push_back(header);
    return http(url, "POST", "/ocms/upload/file", headers, file.body);
}

Stream Stack::stream(const std::string& query, const std::string& headers, int to_port) {
    return std::make_unique<WebSocket>(to_port ? to_port : port, "/ocms/v1/stream" + query, headers);
}

Stream Stack::user(const User& user, const Robot& robot, const std::string& more, bool pongs, int to_port) {
    const std::string query = "?token=" + user.access + "&robotId=" + robot.id + more;
    auto stream = std::make_unique<WebSocket>(to_port ? to_port : port, "/ocms/v1/stream" + query, "", pongs);
    BOOST_REQUIRE_MESSAGE(stream->live(), "a user's stream: " << stream->status() << " " << stream->closed(0));
    return stream;
}

Stream Stack::agent(const Robot& robot, bool pongs, int to_port) {
    auto stream =
        std::make_unique<WebSocket>(to_port ? to_port : port, "/ocms/v1/stream?apiKey=" + robot.key, "", pongs);
    BOOST_REQUIRE_MESSAGE(stream->live(), "an agent's stream: " << stream->status() << " " << stream->closed(0));
    return stream;
}

namespace {
void field(json::Writer& w, const char* name, const std::string& value) {
    if (!value.empty()) w.field(name, value);
}
}  // namespace

std::string user_says(const std::string& text, const std::string& conversation, const std::string& number,
                      const std::string& file) {
    json::Writer w;
    w.begin_object();
    field(w, "text", text);
    field(w, "conversationId", conversation);
    field(w, "clientMsgId", number);
    field(w, "filePath", file);
    w.end_object();
    return std::move(w).take();
}

std::string agent_says(const std::string& text, const std::string& conversation, const std::string& to,
                       const std::string& number, const std::string& media) {
    json::Writer w;
    w.begin_object().field("type", "message").key("data").begin_object();
    field(w, "text", text);
    field(w, "conversationId", conversation);
    field(w, "recipientId", to);
    field(w, "clientMsgId", number);
    field(w, "mediaUrl", media);
    w.end_object().end_object();
    return std::move(w).take();
}

std::string data(const json::Value& frame, std::string_view name) {
    const json::Value* inner = frame.find("data");
    return inner ? inner->text_or(name) : "";
}

std::string path_of(const std::string& link) {
    const size_t host = link.find("://");
    return host == std::string::npos ? link : link.substr(link.find('/', host + 3));
}

namespace other_driver {

namespace data = Poco::Data;

namespace {
data::Session session() {
    const Config& config = stack().config;
    return data::Session("MySQL", "host=localhost;user=" + config.database.user +
                                      ";password=" + read_secret_file(config.database.password_file) +
                                      ";db=" + config.database.name + ";character-set=utf8mb4");
}
}  // namespace

std::vector<Row> messages(const User& user, const Robot& robot, const std::string& conversation) {
    std::vector<int64_t> seqs;
    std::vector<std::string> ids, types, contents, numbers;
    data::Session s = session();
    const bool person = conversation == "default";
    std::string account = user.name(), robot_id = robot.id, conversation_id = conversation;
    const std::string channel =
        person ? "SELECT c.id FROM channels c JOIN robots r ON r.id = c.robot_id WHERE c.kind = 1 AND c.account_id = ?"
                 " AND r.public_id = ?"
               : "SELECT v.channel_id FROM conversations v JOIN robots r ON r.id = v.robot_id WHERE v.account_id = ?"
                 " AND r.public_id = ? AND v.public_id = ?";
    data::Statement select(s);
    select << "SELECT seq, CAST(message_id AS CHAR), CAST(sender_type AS CHAR), content, client_no FROM messages"
              " WHERE channel_id = (" +
                  channel + ") ORDER BY seq",
        data::Keywords::into(seqs), data::Keywords::into(ids), data::Keywords::into(types),
        data::Keywords::into(contents), data::Keywords::into(numbers), data::Keywords::use(account),
        data::Keywords::use(robot_id);
    if (!person) select, data::Keywords::use(conversation_id);
    select.execute();
    std::vector<Row> rows;
    for (size_t i = 0; i < seqs.size(); ++i)
        rows.push_back({seqs[i], "msg_" + ids[i], types[i], contents[i], numbers[i]});
    return rows;
}

int64_t number(const std::string& sql) {
    int64_t value = 0;
    data::Session s = session();
    s << sql, data::Keywords::into(value), data::Keywords::now;
    return value;
}

void execute(const std::string& sql) {
    data::Session s = session();
    s << sql, data::Keywords::now;
}

std::string house_faults(bool settled, const std::string& schema) {
    data::Session s = session();
    if (!schema.empty()) s << "USE " + schema, data::Keywords::now;
    s << "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", data::Keywords::now;
    s << "START TRANSACTION WITH CONSISTENT SNAPSHOT", data::Keywords::now;
    return joined(check_house(
        [&](const std::string& sql) {
            std::vector<std::string> rows;
            s << sql, data::Keywords::into(rows), data::Keywords::now;
            return rows;
        },
        {.settled = settled}));
}

namespace {
std::string number_of(const Robot& robot) { return "(SELECT id FROM robots WHERE public_id = '" + robot.id + "')"; }
}  // namespace

int64_t unconfirmed(const Robot& robot) {
    return number("SELECT COUNT(*) FROM agent_queue WHERE robot_id = " + number_of(robot));
}

int64_t delivered(const User& user, const Robot& robot) {
    return number(
        "SELECT COALESCE(MAX(m.delivered_seq), 0) FROM channel_members m JOIN channels c ON c.id = m.channel_id"
        " WHERE m.member_type = 0 AND m.member_id = " +
        user.name() + " AND c.robot_id = " + number_of(robot));
}

}  // namespace other_driver

bool without_holes(const std::vector<other_driver::Row>& rows) {
    for (size_t i = 0; i < rows.size(); ++i)
        if (rows[i].seq != static_cast<int64_t>(i + 1)) return false;
    return true;
}

}  // namespace hy::test
