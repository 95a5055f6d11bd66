import java.io.ByteArrayInputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Scanner;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Posts each line of its input, `form TAB id TAB url TAB body`, and prints `id TAB status`. */
public class Sender {
    static final Duration PATIENCE = Duration.ofSeconds(10);
    static SSLContext trusting;
    static HttpClient two;
    static HttpClient one;

    public static void main(String[] arguments) throws Exception {
        System.setProperty("jdk.internal.httpclient.disableHostnameVerification", "true");
        trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
        HttpsURLConnection.setDefaultSSLSocketFactory(trusting.getSocketFactory());
        HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> true);
        two = client(HttpClient.Version.HTTP_2);
        one = client(HttpClient.Version.HTTP_1_1);
        for (Scanner lines = new Scanner(System.in, "UTF-8"); lines.hasNextLine();) {
            String[] line = lines.nextLine().split("\t");
            String status;
            try {
                status = "" + post(line[0], URI.create(line[2]), line[3].getBytes("UTF-8"));
            } catch (Exception error) {
                status = error.toString();
            }
            System.out.println(line[1] + "\t" + status);
        }
        System.exit(0);
    }

    static HttpClient client(HttpClient.Version version) {
        return HttpClient.newBuilder().version(version).sslContext(trusting).build();
    }

    static int post(String form, URI url, byte[] body) throws Exception {
        if (form.startsWith("connection")) {
            return connect(form, url, body);
        }
        BodyPublisher sized = BodyPublishers.ofByteArray(body);
        BodyPublisher chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));
        HttpRequest request = HttpRequest.newBuilder(url)
            .timeout(PATIENCE)
            .expectContinue(form.contains("expect"))
            .header("Content-Type", "application/json")
            .POST(form.contains("chunked") ? chunked : sized)
            .build();
        return (form.startsWith("client-1.1") ? one : two).send(request, BodyHandlers.ofString()).statusCode();
    }

    static int connect(String form, URI url, byte[] body) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setReadTimeout((int) PATIENCE.toMillis());
        if (form.contains("expect")) {
            connection.setRequestProperty("Expect", "100-Continue");
            connection.setFixedLengthStreamingMode(body.length);
        }
        if (form.contains("chunked")) {
            connection.setChunkedStreamingMode(16);
        }
        connection.getOutputStream().write(body);
        return connection.getResponseCode();
    }

    static class TrustAll implements X509TrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String kind) {}

        public void checkServerTrusted(X509Certificate[] chain, String kind) {}

        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
