// A pair of red foam garden clogs, which do not touch. VIEW 1 light grey studio, 2 the same from behind the toes, small.
#include "common.inc"
#declare Red = Satin(srgb <0.80, 0.07, 0.08>)
#declare Sole = Matte(srgb <0.93, 0.90, 0.84>)
#declare Lining = Matte(srgb <0.45, 0.06, 0.07>)
#declare Outline = spline { cubic_spline
  -1, <-0.30, -0.92, 0>, 0, <0, -1.02, 0>, 1, <0.30, -0.92, 0>, 2, <0.37, -0.5, 0>, 3, <0.37, 0, 0>, 4, <0.47, 0.45, 0>, 5, <0.43, 0.85, 0>,
  6, <0.10, 1.10, 0>, 7, <-0.28, 0.95, 0>, 8, <-0.40, 0.5, 0>, 9, <-0.33, 0, 0>, 10, <-0.34, -0.5, 0>, 11, <-0.30, -0.92, 0>, 12, <0, -1.02, 0>, 13, <0.3, -0.92, 0> }
#macro Foot(Y0, Y1, K)
  prism { linear_spline Y0, Y1, 97 #for (I, 0, 96) #local P = Outline(mod(I, 96)/8); , <P.x*K, P.y*K> #end }
#end
#declare Upper = blob { threshold 0.35
  sphere { <0.04, 0.08, 0.60>, 0.70, 1 } sphere { <0.02, 0.22, 0.2>, 0.66, 0.8 } sphere { <-0.14, 0.02, 0.7>, 0.5, 0.3 } sphere { <0.20, 0.02, 0.6>, 0.48, 0.25 }
  sphere { <0, 0.28, -0.25>, 0.55, 0.7 } sphere { <0, 0.3, -0.65>, 0.6, 0.9 }
}
#declare Clog = union {
  union { Foot(0, 0.04, 1.02) Foot(0.05, 0.12, 1.04) Foot(0.03, 0.08, 1.0) M(Sole) }
  difference {
    intersection { object { Upper } object { Foot(0.15, 3, 1.07) } }
    // the opening
    union {
      sphere { 0, 1 scale <0.30, 0.75, 0.62> translate <0, 0.86, -0.48> }
      M(Lining)
    }
    #for (I, -1, 1) #for (J, 0, 2)
      cylinder { <I*0.17 + 0.03, 0, 0.36 + J*0.19 - abs(I)*0.06>, <I*0.17 + 0.03, 2, 0.36 + J*0.19 - abs(I)*0.06>, 0.045 M(Lining) }
    #end #end
    M(Red)
  }
  Foot(0.10, 0.24, 1.05)
  M(Red)
}
#macro Pair(Gap, Turn)
  object { Clog rotate y*-Turn translate x*Gap }
  object { Clog scale <-1, 1, 1> rotate y*Turn translate <-Gap, 0, 0.06> }
#end
#if (VIEW = 1)
  Studio(-1, 1)
  Sweep(srgb <0.87, 0.87, 0.875>, 7)
  union { Pair(0.62, 5) rotate y*205 translate <0, 0, 0.1> }
  Cam(<0.3, 4.6, -7.2>, <0.02, 0.2, 0>, 22)
#end
#if (VIEW = 2)
  Studio(1, 1)
  Sweep(srgb <0.90, 0.88, 0.84>, 7)
  union { Pair(0.6, -4) rotate y*140 }
  Cam(<0, 4.0, -7.5>, <0, 0.25, 0>, 23)
#end
