import java.io.File;
import java.util.List;
import java.util.Set;
import org.jetbrains.kotlin.abi.tools.AbiFilters;
import org.jetbrains.kotlin.abi.tools.AbiTools;

/** Prints the public API of a jar: what Kotlin calls public, which is less than what the JVM does. */
class PublicApi {
    public static void main(String[] arguments) {
        var tools = AbiTools.Companion.getInstance(ClassLoader.getSystemClassLoader());
        var everything = new AbiFilters(Set.of(), Set.of(), Set.of(), Set.of());
        var text = new StringBuilder();
        tools.printJvmDump(text, List.of(new File(arguments[0])), everything);
        System.out.print(text);
    }
}
