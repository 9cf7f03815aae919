import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/**
 * Starts DynamoDB Local so that it listens on the loopback address only, and ends it with the process
 * that started it. DynamoDB Local itself has no option for either: it binds to every address and
 * outlives a parent that is killed.
 *
 * <p>Usage: {@code java -cp <this folder>:DynamoDBLocal.jar LoopbackDynamoDb <options of DynamoDB Local>}.
 * Takes any free port and prints {@code Listening on port N} once it accepts connections. Exits when standard input ends.
 *
 * <p>All classes of DynamoDB Local and Jetty are used by reflection, so this compiles without their jars:
 * {@code javac --release 17 -g:none LoopbackDynamoDb.java}. The compiled class is in the repository, because a Java
 * runtime without the compiler is enough to run Stockbook.
 */
public final class LoopbackDynamoDb {
  private static final String LOCAL = "software.amazon.dynamodb.services.local.";
  private static final String LOOPBACK = "127.0.0.1";
  private static final int ANY_FREE_PORT = 0;

  private LoopbackDynamoDb() {}

  public static void main(String[] args) throws Exception {
    final Thread parentWatch = new Thread(LoopbackDynamoDb::haltWhenInputEnds, "parent-watch");
    parentWatch.setDaemon(true);
    parentWatch.start();

    final Class<?> runner = Class.forName(LOCAL.concat("main.ServerRunner"));
    final Method create = runner.getMethod("createServerFromCommandLineArgs", String[].class);
    final Object proxy = create.invoke(null, (Object) args);
    final Field field = proxy.getClass().getDeclaredField("server");
    field.setAccessible(true);
    final Object jetty = field.get(proxy);
    final Object connector = ((Object[]) jetty.getClass().getMethod("getConnectors").invoke(jetty))[0];
    connector.getClass().getMethod("setHost", String.class).invoke(connector, LOOPBACK);
    connector.getClass().getMethod("setPort", int.class).invoke(connector, ANY_FREE_PORT);
    proxy.getClass().getMethod("start").invoke(proxy);
    final Object port = connector.getClass().getMethod("getLocalPort").invoke(connector);
    System.out.println("Listening on port ".concat(port.toString()));
  }

  /** Halts when standard input ends. The operating system closes it when the parent process ends for any reason. */
  private static void haltWhenInputEnds() {
    try {
      while (System.in.read() != -1) {}
    } catch (IOException ended) {
      // A broken pipe means the same as the end of the input.
    }
    Runtime.getRuntime().halt(0);
  }
}
